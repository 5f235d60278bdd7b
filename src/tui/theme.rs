//! Colours: the sixteen that every terminal has and every user can choose, or none.

use crate::Surroundings;
use ratatui::style::{Color, Modifier, Style};

/// Styles by meaning. Nothing is told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colour: bool,
}

impl Theme {
    /// With or without colours.
    pub fn new(colour: bool) -> Self {
        Theme { colour }
    }

    /// What the environment asks for: `NO_COLOR` set to anything switches colours off.
    pub fn of(around: &Surroundings) -> Self {
        let off = around.variable("NO_COLOR").is_some_and(|v| !v.is_empty())
            || around.variable("TERM").is_some_and(|t| t == "dumb");
        Theme { colour: !off }
    }

    /// Whether there are colours.
    pub fn colour(self) -> bool {
        self.colour
    }

    fn fg(self, colour: Color) -> Style {
        if self.colour {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// Ordinary text.
    pub fn plain(self) -> Style {
        Style::new()
    }

    /// Labels, hints.
    pub fn dim(self) -> Style {
        if self.colour {
            Style::new().fg(Color::DarkGray)
        } else {
            Style::new().add_modifier(Modifier::DIM)
        }
    }

    /// Headings, keys, the focused frame.
    pub fn accent(self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// Bold.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// It holds.
    pub fn ok(self) -> Style {
        self.fg(Color::Green).add_modifier(Modifier::BOLD)
    }

    /// It does not.
    pub fn bad(self) -> Style {
        self.fg(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Look here.
    pub fn warn(self) -> Style {
        self.fg(Color::Yellow)
    }

    /// The selected row.
    pub fn selected(self, focused: bool) -> Style {
        if focused {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        }
    }
}
