//! A page as a person without scripts meets it: text, links, forms by their visible names.

use scraper::{ElementRef, Html, Selector};

/// What the server sent.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it came from, after redirects.
    pub url: url::Url,
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its bytes as text.
    pub body: String,
}

/// A form on its way to be filled in and sent.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it goes.
    pub action: url::Url,
    /// Whether it is posted.
    pub is_post: bool,
    /// Its fields, in order.
    pub fields: Vec<(String, String)>,
    labels: Vec<(String, String)>,
    /// Whether files can go with it.
    pub is_multipart: bool,
    /// Files: field, name, type, bytes.
    pub files: Vec<(String, String, String, Vec<u8>)>,
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Text as a reader sees it: white space collapsed.
pub fn plain(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name_of(element: ElementRef<'_>) -> String {
    let value = element.value();
    if let Some(label) = value.attr("aria-label") {
        return label.trim().to_owned();
    }
    let text = plain(element);
    if !text.is_empty() { text } else { value.attr("value").or(value.attr("title")).unwrap_or_default().to_owned() }
}

impl Page {
    /// All readable text.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        html.select(&selector("body")).next().map(plain).unwrap_or_default()
    }

    /// Fails unless the text is there.
    #[track_caller]
    pub fn must_say(&self, text: &str) {
        assert!(self.says(text), "{} ({}) does not say {text:?}; it says:\n{}", self.url, self.status, self.text());
    }

    /// Fails if the text is there.
    #[track_caller]
    pub fn must_not_say(&self, text: &str) {
        assert!(!self.says(text), "{} says {text:?}:\n{}", self.url, self.text());
    }

    /// Whether the text is there.
    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Fails unless the status is this.
    #[track_caller]
    pub fn must_be(&self, status: u16) {
        assert_eq!(self.status, status, "{}:\n{}", self.url, self.text());
    }

    /// How many elements fit a CSS selector.
    pub fn count(&self, css: &str) -> usize {
        Html::parse_document(&self.body).select(&selector(css)).count()
    }

    /// The texts of the elements that fit a CSS selector.
    pub fn texts(&self, css: &str) -> Vec<String> {
        Html::parse_document(&self.body).select(&selector(css)).map(plain).collect()
    }

    /// The texts of all posts and replies on the page, in order.
    pub fn cards(&self) -> Vec<String> {
        self.texts("article[id^=post-]")
    }

    /// The addresses of all links.
    pub fn links(&self) -> Vec<(String, url::Url)> {
        let html = Html::parse_document(&self.body);
        html.select(&selector("a[href]"))
            .filter_map(|link| Some((name_of(link), self.url.join(link.value().attr("href")?).ok()?)))
            .collect()
    }

    /// The address of the link with this visible name; else of the first whose name holds it.
    #[track_caller]
    pub fn link(&self, name: &str) -> url::Url {
        let links = self.links();
        let exact = links.iter().find(|(text, _)| text == name);
        exact
            .or_else(|| links.iter().find(|(text, _)| text.contains(name)))
            .map(|(_, url)| url.clone())
            .unwrap_or_else(|| panic!("{}: no link {name:?} among {:?}", self.url, links))
    }

    /// The address of the page of one post: the link around or in the card that holds a text.
    #[track_caller]
    pub fn post_link(&self, text: &str) -> url::Url {
        let html = Html::parse_document(&self.body);
        let card = html
            .select(&selector("article[id^=post-]"))
            .rfind(|card| plain(*card).contains(text))
            .unwrap_or_else(|| panic!("{}: no post says {text:?}:\n{}", self.url, self.text()));
        card.select(&selector("a[href*='/posts/']"))
            .filter_map(|link| self.url.join(link.value().attr("href")?).ok())
            .find(|url| {
                url.path().rsplit_once("/posts/").is_some_and(|(_, rest)| !rest.is_empty() && !rest.contains('/'))
            })
            .unwrap_or_else(|| panic!("{}: the post {text:?} has no link to its page: {}", self.url, card.html()))
    }

    /// The address of a link that stands beside the card of the post that says something, such as "Edit".
    pub fn link_beside(&self, text: &str, name: &str) -> Option<url::Url> {
        let html = Html::parse_document(&self.body);
        let entry = html.select(&selector("li.entry")).rfind(|entry| plain(*entry).contains(text))?;
        let link = entry.select(&selector("a[href]")).find(|link| name_of(*link) == name)?;
        self.url.join(link.value().attr("href")?).ok()
    }

    /// The form that has a button with this visible name.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        self.find_form(button).unwrap_or_else(|| {
            panic!("{} ({}): no form with a button {button:?}:\n{}", self.url, self.status, self.body)
        })
    }

    /// The same, if there is one.
    pub fn find_form(&self, button: &str) -> Option<Form> {
        self.find_form_where(button, |_| true)
    }

    /// The form with this button whose action fits.
    pub fn find_form_where(&self, button: &str, fits: impl Fn(&str) -> bool) -> Option<Form> {
        let html = Html::parse_document(&self.body);
        for form in html.select(&selector("form")) {
            let pressed = form.select(&selector("button, input[type=submit]")).find(|candidate| {
                candidate.value().attr("type").unwrap_or("submit") == "submit" && name_of(*candidate) == button
            });
            let Some(pressed) = pressed else { continue };
            let action = pressed.value().attr("formaction").or(form.value().attr("action")).unwrap_or("");
            if !fits(action) {
                continue;
            }
            let mut fields = Vec::new();
            for control in form.select(&selector("input, textarea, select")) {
                let value = control.value();
                let Some(name) = value.attr("name") else { continue };
                if value.attr("disabled").is_some() {
                    continue;
                }
                let content = match (value.name(), value.attr("type").unwrap_or("text")) {
                    ("input", "submit" | "button" | "image" | "reset" | "file") => continue,
                    ("input", "checkbox" | "radio") if value.attr("checked").is_none() => continue,
                    ("input", "checkbox" | "radio") => value.attr("value").unwrap_or("on").to_owned(),
                    ("textarea", _) => control.text().collect::<String>().trim_start_matches('\n').to_owned(),
                    ("select", _) => control
                        .select(&selector("option[selected]"))
                        .next()
                        .or_else(|| control.select(&selector("option")).next())
                        .map(|option| option.value().attr("value").map_or_else(|| plain(option), str::to_owned))
                        .unwrap_or_default(),
                    _ => value.attr("value").unwrap_or_default().to_owned(),
                };
                fields.push((name.to_owned(), content));
            }
            if let Some(name) = pressed.value().attr("name") {
                fields.push((name.to_owned(), pressed.value().attr("value").unwrap_or_default().to_owned()));
            }
            let method = pressed.value().attr("formmethod").or(form.value().attr("method")).unwrap_or("get");
            return Some(Form {
                action: if action.is_empty() { self.url.clone() } else { self.url.join(action).ok()? },
                is_post: method.eq_ignore_ascii_case("post"),
                is_multipart: form.value().attr("enctype") == Some("multipart/form-data"),
                files: Vec::new(),
                fields,
                labels: labels_of(&html, form),
            });
        }
        None
    }
}

/// (visible label, field name) of a form's controls.
fn labels_of(html: &Html, form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for control in form.select(&selector("input, textarea, select")) {
        let value = control.value();
        let Some(name) = value.attr("name") else { continue };
        if let Some(label) = value.attr("aria-label") {
            labels.push((label.trim().to_owned(), name.to_owned()));
        }
        for label in html.select(&selector("label")) {
            let is_for = value.attr("id").is_some_and(|id| label.value().attr("for") == Some(id));
            if is_for || label.descendants().any(|node| node.id() == control.id()) {
                labels.push((plain(label), name.to_owned()));
            }
        }
    }
    labels
}

impl Form {
    /// Writes into the field with this label; a field without such a label may be named by its name.
    #[track_caller]
    pub fn fill(mut self, label: &str, value: &str) -> Form {
        let name = self
            .labels
            .iter()
            .find(|(text, _)| text == label)
            .or_else(|| self.labels.iter().find(|(text, _)| text.to_lowercase().starts_with(&label.to_lowercase())))
            .map_or_else(|| label.to_owned(), |(_, name)| name.clone());
        match self.fields.iter_mut().find(|(field, _)| *field == name) {
            Some((_, content)) => value.clone_into(content),
            None => panic!("the form to {} has no field {label:?}: {:?}", self.action, self.labels),
        }
        self
    }

    /// Chooses a file, in a form that takes files.
    pub fn choose(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Form {
        assert!(self.is_multipart, "the form to {} takes no files", self.action);
        self.files.push(("files".to_owned(), name.to_owned(), media_type.to_owned(), bytes.to_vec()));
        self
    }

    /// The body of a form with files, as browsers send it, and its type.
    pub fn multipart(&self) -> (String, Vec<u8>) {
        let boundary = "----a-boundary-of-the-tests";
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{}\r\n", value.replace('\n', "\r\n")).as_bytes());
        }
        let nothing = [("files".to_owned(), String::new(), "application/octet-stream".to_owned(), Vec::new())];
        for (field, name, kind, bytes) in if self.files.is_empty() { &nothing[..] } else { &self.files[..] } {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 Content-Type: {kind}\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// Ticks the box with this label.
    #[track_caller]
    pub fn tick(mut self, label: &str) -> Form {
        let found = self.labels.iter().find(|(text, _)| text.trim() == label).map(|(_, name)| name.clone());
        let name =
            found.unwrap_or_else(|| panic!("the form to {} has no box {label:?}: {:?}", self.action, self.labels));
        self.fields.push((name, "on".to_owned()));
        self
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}
