//! A page being written. Every word goes through [`Html::text`], which escapes it; tags are ours.

/// The page so far.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Markup of our own, as it is.
    pub fn tag(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Words, whoever wrote them.
    pub fn text(&mut self, words: &str) -> &mut Html {
        for character in words.chars() {
            match character {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// JSON inside a script, where nothing is escaped: it must hold no `<`.
    pub fn json(&mut self, json: &str) -> &mut Html {
        debug_assert!(!json.contains('<'), "a sign that could end the script");
        self.0.push_str(json);
        self
    }

    pub fn paragraph(&mut self, words: &str) -> &mut Html {
        self.tag("<p>").text(words).tag("</p>\n")
    }

    pub fn heading(&mut self, words: &str) -> &mut Html {
        self.tag("<h2>").text(words).tag("</h2>\n")
    }

    /// A table of names and values.
    pub fn table(&mut self, rows: &[(&str, String)]) -> &mut Html {
        self.tag("<table>\n");
        for (name, value) in rows {
            self.tag("<tr><th>").text(name).tag("</th><td>").text(value).tag("</td></tr>\n");
        }
        self.tag("</table>\n")
    }

    pub fn finish(self) -> String {
        self.0
    }
}
