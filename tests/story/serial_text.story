# The text of a serial: 1 to 64 of A-Z a-z 0-9 _ - ( ) # /, kept exactly as read.

product PHONE 500.00 in-out "Pixel 9"
operator ana supervisor
T1 open 0.00                                            -> applied

T1 stock-in PHONE A_1 b-2 (01) #3 //4 -_()#/            -> applied
expect unit PHONE (01) in-stock
expect unit PHONE -_()#/ in-stock
expect stock PHONE main 6
T1 sell PHONE*2 (01) #3                                 -> applied
T1 stock-in PHONE AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -> applied
expect unit PHONE AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA in-stock
T1 stock-in PHONE AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -> serial_too_long "this code has 65"
T1 stock-in PHONE ""                                    -> serial_empty
T1 sell PHONE*1 ""                                      -> serial_empty
T1 stock-in PHONE "A 1"                                 -> serial_forbidden_character "Character 2"
T1 stock-in PHONE " A1"                                 -> serial_forbidden_character "Character 1"
T1 stock-in PHONE A1.                                   -> serial_forbidden_character "Character 3"
T1 stock-in PHONE Ä1                                    -> serial_forbidden_character "'Ä'"
T1 stock-in PHONE A１                                    -> serial_forbidden_character
T1 sell PHONE*1 PHONE:https://example.com/A1            -> serial_forbidden_character "Character 6"
T1 edit PHONE A,1 defective                             -> serial_forbidden_character
# A wrong character is named before the length.
T1 stock-in PHONE AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA. -> serial_forbidden_character
expect stock PHONE main 5
