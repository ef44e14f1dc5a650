//! How pages look in one browser: theme, size of the text, posts on a page, language. Kept in a cookie that holds no secret.

use cookie::Cookie;

use super::state::State;
use super::visit;
use crate::language::Language;

/// How long a browser keeps it, in days; browsers keep nothing for longer.
const DAYS: i64 = 400;

/// The colours of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Light or dark, as the device asks.
    #[default]
    Device,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As far apart as colours can be.
    Contrast,
}

/// The size of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    /// As the browser has it.
    #[default]
    Normal,
    /// A fifth more.
    Larger,
    /// Two fifths more.
    Largest,
}

/// Posts on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PerPage {
    /// 10.
    Few,
    /// As many as pages have by themselves: 20.
    #[default]
    Usual,
    /// 50.
    Many,
}

/// What somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    /// The colours.
    pub theme: Theme,
    /// The size of the text.
    pub text: TextSize,
    /// Posts on a page.
    pub posts: PerPage,
    /// The language; `None` leaves it to what the browser asks for.
    pub language: Option<Language>,
}

/// The name of the language that the browser asks for.
pub const BROWSERS_OWN: &str = "auto";

/// A choice with its name in cookies and forms.
trait Choice: Copy + PartialEq + 'static {
    const ALL: &'static [(&'static str, Self)];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, choice)| *choice)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, choice)| *choice == self).map_or("", |(name, _)| name)
    }
}

impl Choice for Theme {
    const ALL: &'static [(&'static str, Self)] =
        &[("device", Theme::Device), ("light", Theme::Light), ("dark", Theme::Dark), ("contrast", Theme::Contrast)];
}

impl Choice for TextSize {
    const ALL: &'static [(&'static str, Self)] =
        &[("normal", TextSize::Normal), ("larger", TextSize::Larger), ("largest", TextSize::Largest)];
}

impl Choice for PerPage {
    const ALL: &'static [(&'static str, Self)] = &[("10", PerPage::Few), ("20", PerPage::Usual), ("50", PerPage::Many)];
}

impl Looks {
    /// Reads four names; `None` if one of them is none of ours.
    pub fn named(theme: &str, text: &str, posts: &str, language: &str) -> Option<Self> {
        let language = match language {
            BROWSERS_OWN => None,
            tag => Some(Language::ALL.into_iter().find(|language| language.tag() == tag)?),
        };
        Some(Looks { theme: Choice::named(theme)?, text: Choice::named(text)?, posts: Choice::named(posts)?, language })
    }

    /// The names, in the same order.
    pub fn names(self) -> [&'static str; 4] {
        [self.theme.name(), self.text.name(), self.posts.name(), self.language.map_or(BROWSERS_OWN, Language::tag)]
    }

    /// Reads the value of the cookie; what is not exactly one of ours is no choice.
    pub(super) fn read(value: &str) -> Option<Self> {
        let mut names = value.splitn(4, '.');
        // Browsers keep cookies of a time that had one choice of language.
        Looks::named(names.next()?, names.next()?, names.next()?, names.next().unwrap_or(BROWSERS_OWN))
    }

    /// The cookie that remembers them.
    pub(super) fn cookie(self, state: &State) -> Cookie<'static> {
        let value = self.names().join(".");
        visit::cookie(state, cookie_name(state), value).max_age(cookie::time::Duration::days(DAYS)).build()
    }

    /// The `data-theme` of the page; `None` leaves it to the device.
    pub fn theme_mark(self) -> Option<&'static str> {
        (self.theme != Theme::Device).then(|| self.theme.name())
    }

    /// The `data-text` of the page.
    pub fn text_mark(self) -> Option<&'static str> {
        (self.text != TextSize::Normal).then(|| self.text.name())
    }

    /// Which colours browsers may use for what they draw themselves.
    pub fn color_scheme(self) -> &'static str {
        match self.theme {
            Theme::Device => "light dark",
            Theme::Light => "light",
            Theme::Dark | Theme::Contrast => "dark",
        }
    }

    /// The colour of the browser's own bars where the theme is chosen: `--paper` of `tokens.css`.
    pub fn bar_color(self) -> Option<&'static str> {
        match self.theme {
            Theme::Device => None,
            Theme::Light => Some("#f4f7fa"),
            Theme::Dark => Some("#0f151c"),
            Theme::Contrast => Some("#000000"),
        }
    }

    /// How many posts to ask a session for; 0 leaves it to the session.
    pub fn page_size(self) -> usize {
        match self.posts {
            PerPage::Few => 10,
            PerPage::Usual => 0,
            PerPage::Many => 50,
        }
    }
}

/// The name of the cookie.
pub(super) fn cookie_name(state: &State) -> &'static str {
    if state.is_https() { "__Host-looks" } else { "looks" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_choice_is_read_back() {
        for (_, theme) in Theme::ALL {
            for (_, text) in TextSize::ALL {
                for (_, posts) in PerPage::ALL {
                    for language in Language::ALL.map(Some).into_iter().chain([None]) {
                        let looks = Looks { theme: *theme, text: *text, posts: *posts, language };
                        assert_eq!(Looks::read(&looks.names().join(".")), Some(looks));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_choice_is_none() {
        for value in [
            "",
            "dark",
            "dark.normal",
            "dark.normal.20.",
            "dark.normal.20.x",
            "dark.normal.20.de.",
            "Dark.normal.20",
            "dark.normal.21",
            "dark.\" onload=alert(1).20",
            " dark.normal.20",
            "..",
            &"dark.".repeat(1000),
        ] {
            assert_eq!(Looks::read(value), None, "{value}");
        }
    }

    /// The colours of a theme, by the selector that its rules stand behind.
    fn colors(selector: &str) -> BTreeMap<&'static str, &'static str> {
        let tokens = include_str!("../../static/css/tokens.css");
        let (_, rules) = tokens.split_once(&format!("{selector} {{")).expect("the theme has rules");
        let rules = rules.split('}').next().unwrap_or_default().split(';');
        let named = rules.filter_map(|rule| rule.trim().split_once(": "));
        named.filter(|(name, _)| name.starts_with("--")).collect()
    }

    /// How far apart two colours are (WCAG 2.2, contrast ratio).
    fn contrast(one: &str, other: &str) -> f64 {
        let light = |color: &str| {
            let part = |at: usize| {
                let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("a colour")) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) + 0.05
        };
        let (one, other) = (light(one), light(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn the_bars_have_the_colour_of_the_paper() {
        for (selector, theme) in
            [(":root", Theme::Light), ("[data-theme=dark]", Theme::Dark), ("[data-theme=contrast]", Theme::Contrast)]
        {
            let bar = Looks { theme, ..Looks::default() }.bar_color();
            assert_eq!(bar, colors(selector).get("--paper").copied(), "{theme:?}");
        }
    }

    #[test]
    fn dark_is_the_same_by_choice_and_by_device() {
        assert_eq!(colors(":root:not([data-theme])"), colors("[data-theme=dark]"));
    }

    #[test]
    fn every_theme_can_be_read() {
        for (selector, least) in [(":root", 4.5), ("[data-theme=dark]", 4.5), ("[data-theme=contrast]", 7.0)] {
            let colors = colors(selector);
            let grounds = ["--paper", "--sheet"];
            let inks = ["--ink", "--soft", "--accent", "--accent-deep", "--warn", "--bad", "--good"];
            let everywhere = inks.iter().flat_map(|ink| grounds.map(|ground| (*ink, ground)));
            let washed = [
                ("--ink", "--accent-wash"),
                ("--accent", "--accent-wash"),
                ("--warn", "--warn-wash"),
                ("--bad", "--bad-wash"),
                ("--good", "--good-wash"),
                ("--on-accent", "--accent"),
                ("--on-accent", "--accent-deep"),
                ("--paper", "--bad"),
            ];
            for (ink, ground) in everywhere.chain(washed) {
                let contrast = contrast(colors[ink], colors[ground]);
                assert!(contrast >= least, "{selector}: {ink} on {ground} has {contrast:.2}");
            }
        }
    }
}
