//! The text of a page.

use std::collections::BTreeMap;

/// A page, taken apart.
pub struct Page<'a> {
    pub sections: Vec<Section<'a>>,
}

pub struct Section<'a> {
    pub title: &'a str,
    pub text: String,
    pub fences: Vec<Fence<'a>>,
}

pub struct Fence<'a> {
    pub language: &'a str,
    pub title: Option<&'a str>,
    pub body: &'a str,
}

impl<'a> Page<'a> {
    pub fn new(page: &'a str) -> Self {
        let mut sections: Vec<Section<'a>> = Vec::new();
        let mut rest = page;
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            if let Some(title) = line.strip_prefix("## ") {
                sections.push(Section { title, text: String::new(), fences: Vec::new() });
            } else if let Some(info) = line.strip_prefix("```") {
                let end = if rest.starts_with("```") { 0 } else { rest.find("\n```").expect("an open fence") + 1 };
                let (body, after) = rest.split_at(end);
                rest = after.split_once('\n').map_or("", |(_, after)| after);
                let (language, attributes) = info.split_once(' ').unwrap_or((info, ""));
                let title = attributes.strip_prefix("title=\"").and_then(|title| title.strip_suffix('"'));
                let section = sections.last_mut().expect("a fence before the first section");
                section.fences.push(Fence { language, title, body });
            } else if let Some(section) = sections.last_mut() {
                section.text.push_str(line);
                section.text.push('\n');
            }
        }
        Self { sections }
    }

    pub fn section(&self, title: &str) -> &Section<'a> {
        self.sections.iter().find(|section| section.title == title).expect("a section")
    }
}

impl<'a> Section<'a> {
    /// The project that the section shows: titles and texts.
    pub fn files(&self) -> BTreeMap<&'a str, &'a str> {
        self.fences.iter().filter_map(|fence| Some((fence.title?, fence.body))).collect()
    }
}
