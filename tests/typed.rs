//! The command lines that the documents tell people to type, for the program whose they are.

const DOCUMENTS: [(&str, &str); 3] = [
    ("README.md", include_str!("../README.md")),
    ("docs/device.md", include_str!("../docs/device.md")),
    ("docs/evidence.md", include_str!("../docs/evidence.md")),
];

/// Gives every line of `program` to its own parser.
pub fn check(program: &str, understands: impl Fn(&[String]) -> Result<(), String>) {
    let mut seen = 0;
    for (document, text) in DOCUMENTS {
        for words in lines(text).filter_map(|line| command(line, program)) {
            seen += 1;
            understands(&words).unwrap_or_else(|fault| panic!("{document}: {words:?}\n{fault}"));
        }
    }
    assert!(seen >= 2, "{seen} lines of {program} were found");
}

/// The lines of the blocks that show a shell.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split("```sh\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap_or_default().lines())
}

/// The words of a line, if the program stands in front, alone or after the user it runs as.
fn command(line: &str, program: &str) -> Option<Vec<String>> {
    let words = words(line.trim_start_matches("$ "));
    let begin = if words.first()? == "sudo" && words.get(1)? == "-u" { 3 } else { 0 };
    (words.get(begin)? == program).then(|| words[begin..].to_vec())
}

/// As a shell takes them apart: blanks part words but within quotes; a remark, or a file to write the
/// answer into, ends them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
            continue;
        }
        let end = [" #", " > "].iter().filter_map(|sign| part.find(sign)).min();
        words.extend(part[..end.unwrap_or(part.len())].split_whitespace().map(str::to_owned));
        if end.is_some() {
            break;
        }
    }
    words
}
