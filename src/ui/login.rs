//! Signing in.

use super::rows::Rows;
use super::send::Send;
use super::words::{chosen_name, people, sign_in};
use crate::message::{Intent, Language};
use crate::view::LoginView;
use screens::{AppWindow, LoginAdapter, OperatorTile, Tongue};
use slint::ComponentHandle;

pub struct Login {
    people: Rows<OperatorTile>,
}

impl Login {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<LoginAdapter>();
        adapter.on_picked(send.at(Intent::PickOperator));
        adapter.on_set_language(send.with(|tongue| Intent::SetLanguage(language(tongue))));
        let people = Rows::new();
        adapter.set_people(people.model());
        Self { people }
    }

    pub fn render(&self, window: &AppWindow, login: &LoginView, language: Language) {
        let adapter = window.global::<LoginAdapter>();
        self.people.show(&people(login));
        adapter.set_person(chosen_name(login).into());
        adapter.set_sign_in(sign_in(login));
        adapter.set_language(tongue(language));
    }
}

fn language(tongue: Tongue) -> Language {
    match tongue {
        Tongue::English => Language::English,
        Tongue::SimplifiedChinese => Language::SimplifiedChinese,
    }
}

fn tongue(language: Language) -> Tongue {
    match language {
        Language::English => Tongue::English,
        Language::SimplifiedChinese => Tongue::SimplifiedChinese,
    }
}
