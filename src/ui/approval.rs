//! Somebody with the right confirms what the operator may not do alone.

use super::rows::Rows;
use super::send::Send;
use super::words::{chosen_name, people, sign_in};
use crate::message::Intent;
use crate::view::Layer;
use screens::{AppWindow, ApprovalAdapter, OperatorTile};
use slint::ComponentHandle;

pub struct Approval {
    people: Rows<OperatorTile>,
}

impl Approval {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<ApprovalAdapter>();
        adapter.on_picked(send.at(Intent::PickOperator));
        let people = Rows::new();
        adapter.set_people(people.model());
        Self { people }
    }

    pub fn render(&self, window: &AppWindow, layer: &Layer) {
        let Layer::Approval(login) = layer else { return };
        let adapter = window.global::<ApprovalAdapter>();
        self.people.show(&people(login));
        adapter.set_person(chosen_name(login).into());
        adapter.set_sign_in(sign_in(login));
    }
}
