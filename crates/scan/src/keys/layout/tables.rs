//! Made by `examples/layouts.rs` from Debian's `xkb-data`, whose licence is MIT/X11. Not to be edited.
//!
//! Each line holds the characters of the keys in `LAYOUT_KEYS`, `□` where there is none.

use super::Layout;

/// In the order of `LayoutName::ALL`.
pub(super) static TABLES: [Layout; 32] = [
    Layout {
        name: "us",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ □□□",
            "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? □□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "us_intl",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;□□\\zxcvbnm,./ \\□□",
            "!@#$%□&*()_+QWERTYUIOP{}ASDFGHJKL:□□|ZXCVBNM<>? |□□",
            "¡²³¤€¼½¾‘’¥×äåé®þüúíóö«»áßð□□□□œø¶'`¬æ□©□□ñµç□¿□□□□",
            "¹□□£□^□□□□□÷ÄÅÉ®ÞÜÚÍÓÖ“”Á§Ð□□□□ŒØ°\"~¦Æ□¢□□ÑµÇ□□□□□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "us_dvorak",
        levels: [
            "1234567890[]',.pyfgcrl/=aoeuidhtns-`\\;qjkxbmwvz □□□",
            "!@#$%^&*(){}\"<>PYFGCRL?+AOEUIDHTNS_~|:QJKXBMWVZ □□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "gb",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;'`#zxcvbnm,./ \\□□",
            "!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@¬~ZXCVBNM<>? |□□",
            "¹²³€½¾{[]}\\□@ſ□¶ŧ←↓→øþ□□æßðđŋħ□ĸł□□|□«»¢„“”µ•·□□|□□",
            "¡⅛□¼⅜⅝⅞™±°¿□Ω§□®Ŧ¥↑ıØÞ□□ÆẞÐªŊĦ□&Ł□□|□<>©‚‘’º×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "de",
        levels: [
            "1234567890ß□qwertzuiopü+asdfghjklöä□#yxcvbnm,.- <□□",
            "!\"§$%&/()=?□QWERTZUIOPÜ*ASDFGHJKLÖÄ°'YXCVBNM;:_ >□□",
            "¹²³¼½¬{[]}\\□@ſ€¶ŧ←↓→øþ□~æſðđŋħ□ĸł□□′’»«¢„“”µ·…–□|□□",
            "¡⅛£¤⅜⅝⅞™±°¿□Ω§€®Ŧ¥↑ıØÞ□¯ÆẞÐªŊĦ□&Ł□□″□›‹©‚‘’º×÷—□□□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "at",
        levels: [
            "1234567890ß□qwertzuiopü+asdfghjklöä□#yxcvbnm,.- <□□",
            "!\"§$%&/()=?□QWERTZUIOPÜ*ASDFGHJKLÖÄ°'YXCVBNM;:_ >□□",
            "¹²³¼½¬{[]}\\□@ſ€¶ŧ←↓→øþ□~æſðđŋħ□ĸł□□′’»«¢„“”µ·…–□|□□",
            "¡⅛£¤⅜⅝⅞™±°¿□Ω§€®Ŧ¥↑ıØÞ□¯ÆẞÐªŊĦ□&Ł□□″□›‹©‚‘’º×÷—□□□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "ch",
        levels: [
            "1234567890'□qwertzuiopü□asdfghjklöä§$yxcvbnm,.- <□□",
            "+\"*ç%&/()=?□QWERTZUIOPè!ASDFGHJKLéà°£YXCVBNM;:_ >□□",
            "|@#¼½¬|¢]}□□@ſ€¶ŧ←↓→œþ[]æßðđŋħ□ĸł□{¬}«»¢„“”µ•·□□\\□□",
            "¡⅛£$⅜⅝⅞™±°¿□Ω§□®Ŧ¥↑ıŒÞ□□ÆẞÐªŊĦ□&Ł□□¬□<>©‚‘’º×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "ch_fr",
        levels: [
            "1234567890'□qwertzuiopè□asdfghjkléà§$yxcvbnm,.- <□□",
            "+\"*ç%&/()=?□QWERTZUIOPü!ASDFGHJKLöä°£YXCVBNM;:_ >□□",
            "|@#¼½¬|¢]}□□@ſ€¶ŧ←↓→œþ[]æßðđŋħ□ĸł□{¬}«»¢„“”µ•·□□\\□□",
            "¡⅛£$⅜⅝⅞™±°¿□Ω§□®Ŧ¥↑ıŒÞ□□ÆẞÐªŊĦ□&Ł□□¬□<>©‚‘’º×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "fr",
        levels: [
            "&é\"'(-è_çà)=azertyuiop□$qsdfghjklmù²*wxcvbn,;:! <□□",
            "1234567890°+AZERTYUIOP□£QSDFGHJKLM%~µWXCVBN?./§ >□□",
            "¹~#{[|`\\^@]}æ«€¶ŧ←↓→øþ□¤@ßðđŋħ□ĸłµ□¬□ł»¢„“”□•·□□|□□",
            "¡⅛£$⅜⅝⅞™±°¿□Æ<¢®Ŧ¥↑ıØÞ□□ΩẞÐªŊĦ□&Łº□¬□Ł>©‚‘’□×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "fr_oss",
        levels: [
            "&é\"'(-è_çà)=azertyuiop□$qsdfghjklmù²*wxcvbn,;:! <□□",
            "1234567890°+AZERTYUIOP□£QSDFGHJKLM%³µWXCVBN?./§ >□□",
            "□~#{[|`\\^@]}æâ€êþÿûîœô□øäßë‘’ðüïŀö□¹□«»©\u{202f}↓¬¿×÷¡□≤□□",
            "□É□—–‑È™ÇÀ≠±ÆÂ¢ÊÞŸÛÎŒÔ□ØÄ„Ë‚¥ÐÜÏĿÖÙ□□“”®←↑→…⋅∕−\u{a0}≥□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "be",
        levels: [
            "&é\"'(§è!çà)-azertyuiop□$qsdfghjklmù²µwxcvbn,;:= <□□",
            "1234567890°_AZERTYUIOP□*QSDFGHJKLM%³£WXCVBN?./+ >□□",
            "|@#¼½^{[{}\\□@ſ€¶ŧ←↓→œþ[]æßðđŋħ□ĸł□□¬□«»¢„“”□•·□□\\□□",
            "¡⅛£$⅜⅝⅞™±°¿□Ω§¢®Ŧ¥↑ıŒÞ□□ÆẞÐªŊĦ□&Ł□□¬□<>©‚‘’º×÷□□\\□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "ca",
        levels: [
            "1234567890-=qwertyuiop□□asdfghjkl;□#<zxcvbnm,.é «□□",
            "!\"/$%?&*()_+QWERTYUIOP□□ASDFGHJKL:□|>ZXCVBNM'.É »□□",
            "±@£¢¤¬¦²³¼½¾□□□□□□□□§¶[]□□□□□□□□□~{\\}□□□□□□µ¯\u{ad}□\u{a0}°□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "nl",
        levels: [
            "1234567890/°qwertyuiop□*asdfghjkl+□@<zxcvbnm,.- ]□□",
            "!\"#$%&_()'?□QWERTYUIOP□|ASDFGHJKL±□§>ZXCVBNM;:= [□□",
            "¹²³¼½¾£{}°\\□@ſ€¶þÿüïò¶~□áßðªŋħ□ĸł□'¬□«»¢“”ñμ¸·\u{ad}□|□□",
            "¡⅛£□⅜⅝⅞[]™¿□Ω§¢®Þ¥ÜÏÒÞ^□ÁẞÐªŊĦ□&Ł□`¬□<>©‘’Ñº«»□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "es",
        levels: [
            "1234567890'¡qwertyuiop□+asdfghjklñ□ºçzxcvbnm,.- <□□",
            "!\"·$%&/()=?¿QWERTYUIOP□*ASDFGHJKLÑ□ªÇZXCVBNM;:_ >□□",
            "|@#~½¬{[]}\\□@ſ€¶ŧ←↓→øþ[]æßðđŋħ□ĸł□{\\}«»¢„“”µ•·□□|□□",
            "¡⅛£□⅜⅝⅞™±°¿□Ω§¢®Ŧ¥↑ıØÞ□□ÆẞÐªŊĦ□&Ł□□\\□<>©‚‘’º×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "latam",
        levels: [
            "1234567890'¿qwertyuiop□+asdfghjklñ{|}zxcvbnm,.- <□□",
            "!\"#$%&/()=?¡QWERTYUIOP□*ASDFGHJKLÑ[°]ZXCVBNM;:_ >□□",
            "|@·~½¬{[]}\\□@ſ€¶ŧ←↓→øþ□~æßðđŋħ□ĸł~□¬□«»¢„“”µ•·□□\\□□",
            "¡⅛£□⅜⅝⅞™±°¿□Ω§¢®Ŧ¥↑ıØÞ□□ÆẞÐªŊĦ□&Ł□{¬}<>©‚‘’º×÷□□|□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "pt",
        levels: [
            "1234567890'«qwertyuiop+□asdfghjklçº\\□zxcvbnm,.- <□□",
            "!\"#$%&/()=?»QWERTYUIOP*□ASDFGHJKLÇª|□ZXCVBNM;:_ >□□",
            "¹@£§½¬{[]}\\□@ſ€¶ŧ←↓→øþ□□æßðđŋħ□ĸł□□¬□«»¢„“”µ•·□□\\□□",
            "¡⅛£□⅜⅝⅞™±°¿□Ω§¢®Ŧ¥↑ıØÞ□□ÆẞÐªŊĦ□&Ł□□¬□<>©‚‘’º×÷□□\\□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "br",
        levels: [
            "1234567890-=qwertyuiop□[asdfghjklç□']zxcvbnm,.; \\/□",
            "!@#$%□&*()_+QWERTYUIOP□{ASDFGHJKLÇ□\"}ZXCVBNM<>: |?□",
            "¹²³£¢¬{[]}\\§/?°®ŧ←↓→øþ´ªæßðđŋħ□ĸł□~¬º«»©„“”µ•·□□□°□",
            "¡½¾¼⅜¨⅞™±°¿□/?°®Ŧ¥↑ıØÞ`□ÆẞÐªŊĦ□&Ł□^¬º<>©‚‘’µ×÷□□□¿□",
        ],
        decimal: ',',
    },
    Layout {
        name: "it",
        levels: [
            "1234567890'ìqwertyuiopè+asdfghjklòà\\ùzxcvbnm,.- <□□",
            "!\"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°|§ZXCVBNM;:_ >□□",
            "¹²³¼½¬{[]}`~@ſ€¶ŧ←↓→øþ[]æßðđŋħ□ĸł@#¬□«»¢“”ñµ□·□□«□□",
            "¡□□⅛⅜⅝⅞™±□¿□Ω§¢®Ŧ¥↑ıØÞ{}ÆẞÐªŊĦ□&Ł□□¦□<>©‘’Ñº×□÷□»□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "dk",
        levels: [
            "1234567890+□qwertyuiopå□asdfghjklæø½'zxcvbnm,.- <□□",
            "!\"#¤%&/()=?□QWERTYUIOPÅ□ASDFGHJKLÆØ§*ZXCVBNM;:_ >□□",
            "¡@£$½¥{[]}±|@ſ€®þ←↓→œþ□□ªßðđŋħ□ĸł□□¾□«»©„“”µ□·□□\\□□",
            "¹²³¼¢⅝÷«»°¿¦Ω§¢®Þ¥↑ıŒÞ□□ºẞÐªŊĦ□&Ł□□¶×<>©‚‘’º□□□□¬□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "se",
        levels: [
            "1234567890+□qwertyuiopå□asdfghjklöä§'zxcvbnm,.- <□□",
            "!\"#¤%&/()=?□QWERTYUIOPÅ□ASDFGHJKLÖÄ½*ZXCVBNM;:_ >□□",
            "¡@£$€¥{[]}\\±@ſ€®þ←↓→œþ□□ªßðđŋħ□ĸłøæ¶´«»©„“”µ□·□□|□□",
            "¹²³¼¢⅝÷«»°¿¬Ω§¢®Þ¥↑ıŒÞ□□ºẞÐªŊĦ□&ŁØÆ¾×<>©‚‘’º□□□\u{a0}¦□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "no",
        levels: [
            "1234567890+\\qwertyuiopå□asdfghjkløæ|'zxcvbnm,.- <□□",
            "!\"#¤%&/()=?□QWERTYUIOPÅ□ASDFGHJKLØÆ§*ZXCVBNM;:_ >□□",
            "¡@£$½¥{[]}±□@ſ€®þ←↓→œπ□□ªßðđŋħ□ĸł□□¦□«»©„“”µ□…–\u{a0}½□□",
            "¹²³¼‰⅝÷«»°¿¬Ω§¢™Þ¥↑ıŒΠ□□ºẞÐªŊĦ□&Ł□□¶×<>©‚‘’º□·—\u{202f}¾□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "fi",
        levels: [
            "1234567890+□qwertyuiopå□asdfghjklöä§'zxcvbnm,.- <□□",
            "!\"#¤%&/()=?□QWERTYUIOPÅ□ASDFGHJKLÖÄ½*ZXCVBNM;:_ >□□",
            "□@£$‰‚{[]}\\□□□€□þ□□ıœ□□□əßð□□□□ĸ□øæ□□ʒ×□□□ŋµ’□–□|□□",
            "¡”»«“„□<>°¿□□□□□Þ□□|Œ□□□ƏẞÐ□□□□□□ØÆ□□Ʒ·□□□Ŋ—‘□□\u{202f}¦□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "pl",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ <□□",
            "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? >□□",
            "≠²³¢€½§·«»–□πœę©ß←↓→óþ□□ąśðæŋ’ə…ł□□¬□żźć„”ńµ≤≥□\u{a0}|□□",
            "¡¿£¼‰∧≈¾±°—□ΩŒĘ®™¥↑↔ÓÞ□□ĄŚÐÆŊ•Ə□Ł□□∨□ŻŹĆ‘“Ń∞×÷□\u{a0}¦□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "cz",
        levels: [
            "+ěščřžýáíé=□qwertzuiopú)asdfghjklů§;□yxcvbnm,.- \\□□",
            "1234567890%□QWERTZUIOP/(ASDFGHJKL\"!□'YXCVBNM?:_ |□□",
            "!@#$%^&*{}\\□\\|€¶ŧ←↓→øþ[]~đĐ[]`'łŁ$'`\\°#&@{}^<>*□/□□",
            "□□□□□□□□□□□□Ω§□®Ŧ¥↑ıØÞ÷×ÆẞÐªŊĦ□&Ł□ß~|<>©‚‘’º×÷□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "sk",
        levels: [
            "+ľščťžýáíé=□qwertzuiopúäasdfghjklô§;ňyxcvbnm,.- \\□□",
            "1234567890%□QWERTZUIOP/(ASDFGHJKL\"!□)YXCVBNM?:_ |□□",
            "!@#$%^&*{}\\□\\|€¶ŧ←↓→øþ[]~đĐ[]`'łŁ$'`\\°#&@{}^<>*\u{a0}/□□",
            "□□□□□□□□□□□□Ω§□®Ŧ¥↑ıØÞ÷×ÆẞÐªŊĦ□&Ł□ß~|<>©‚‘’º×÷□\u{a0}¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "hu",
        levels: [
            "123456789öüóqwertzuiopőúasdfghjkléá0űyxcvbnm,.- í□□",
            "'\"+!%/=()ÖÜÓQWERTZUIOPŐÚASDFGHJKLÉÁ§ŰYXCVBNM?:_ Í□□",
            "~□^□□□`□□□□□\\|Ä¶ŧ–€Í„”÷×äđĐ[]ħíłŁ$ß¬¤>#&@{}<;>*□<□□",
            "□ˇ□˘°˛□˙´˝¨¸Ω§□®Ŧ¥↑íØÞ□□ÄẞÐªŊĦÍ&Ł¢ẞ¬□<>©‚‘’º×÷□□>□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "ro",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ \\□□",
            "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? |□□",
            "□□□□□□□□□□□□âß€□ț□□î□§„”ășđ□□□□□ł□□□□□□©□□□□«»□□|□□",
            "□□□□□□□□□□–±Âẞ□□Ț□□Î□□□□ĂȘĐ□□□□□Ł□□□□□□□□□□□□□□□¦□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "tr",
        levels: [
            "1234567890*-qwertyuıopğüasdfghjklşi\",zxcvbnmöç. <□□",
            "!'^+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİé;ZXCVBNMÖÇ: >□□",
            ">£#$½¾{[]}\\|@□€¶₺←ûîô□□~âß□ª□□□□□´'<`«»¢„“”µ×·□□|□□",
            "¡²³¼⅜□□□±°¿□Ω□□®□¥ÛÎÔ□□□Â□□□□□□□□□□°□<>©‚‘’º□÷□□¦□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "gr",
        levels: [
            "1234567890-=;ςερτυθιοπ[]ασδφγηξκλ□'`\\ζχψωβνμ,./ «□□",
            "!@#$%^&*()_+:ΣΕΡΤΥΘΙΟΠ{}ΑΣΔΦΓΗΞΚΛ□\"~|ΖΧΨΩΒΝΜ<>? »□□",
            "□½£¼€ϰϗ₯□°±□·ϛ€®□ϒϑͻ□ϡ□□□□↓ϕϝ□ͼϟϲ□□□□ͽ→©ϖϐʹϻ«»□□|□□",
            "¹²³¾□□Ϗ□□□□□□Ϛ□ϱ□ϒϴϽ□Ϡ□□□□↑□Ϝ□ϾϞϹ□□□□Ͽ←□□□͵Ϻ□·□□¦□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "ru",
        levels: [
            "1234567890-=йцукенгшщзхъфывапролджэё\\ячсмитьбю. /□□",
            "!\"№;%:?*()_+ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЁ/ЯЧСМИТЬБЮ, |□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
        ],
        decimal: ',',
    },
    Layout {
        name: "jp",
        levels: [
            "1234567890-^qwertyuiop@[asdfghjkl;:□]zxcvbnm,./ □\\\\",
            "!\"#$%&'()~=~QWERTYUIOP`{ASDFGHJKL+*□}ZXCVBNM<>? □_|",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
        ],
        decimal: '.',
    },
    Layout {
        name: "kr",
        levels: [
            "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ □□□",
            "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? □□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
            "□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□□",
        ],
        decimal: '.',
    },
];
