//! Profiles that differ from one VPC to another: settings and parameters of its own.

use canreach_model::{Profile, ProfileName, Setting};

use super::Linker;
use crate::native::{
    node::At,
    written::{self, OwnSettings, Parameters, Settings},
};

impl Linker<'_> {
    /// Returns the profile of a VPC.
    pub(super) fn profile(
        &mut self,
        name: ProfileName,
        mut settings: Settings,
        vpc: &written::Vpc,
        place: crate::diagnostic::Place,
    ) -> Profile {
        let own = &vpc.settings;
        // What the VPC decides by itself must not leave a fact behind.
        if own.default_priority.is_some() {
            settings.default_priority = Some(At { value: 0, place });
        }
        if own.peering_to_peering.is_some() {
            settings.peering_to_peering = Some(At { value: false, place });
        }
        let mut profile = self.profiles.get(name, settings, &mut self.network.facts);
        self.settle(&mut profile, own);
        change(&mut profile, &vpc.parameters);
        profile
    }

    fn settle(&mut self, profile: &mut Profile, own: &OwnSettings) {
        if let Some(setting) = own.default_priority.as_ref().and_then(|own| self.setting(own)) {
            profile.security_group.default_priority = setting;
        }
        if let Some(setting) = own.peering_to_peering.as_ref().and_then(|own| self.setting(own)) {
            profile.peering.to_peering = setting;
        }
    }

    pub(super) fn setting<T: Copy>(&mut self, own: &written::Setting<T>) -> Option<Setting<T>> {
        match own {
            written::Setting::Decided(value) => Some(Setting::Decided(*value)),
            written::Setting::Open { fact, if_true, if_false } => {
                let fact = self.fact(fact)?;
                Some(Setting::Disputed { fact, if_true: *if_true, if_false: *if_false })
            }
        }
    }
}

/// Replaces what is given.
fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        *field = value.clone();
    }
}

fn change(profile: &mut Profile, own: &Parameters) {
    let groups = &mut profile.security_group;
    set(&mut groups.combine, own.combine.as_ref());
    set(&mut groups.stateful, own.groups_stateful.as_ref());
    set(&mut groups.group_reference, own.group_reference.as_ref());
    set(&mut groups.reference_needs_peering, own.reference_needs_peering.as_ref());
    set(&mut groups.reference_when_forwarded, own.reference_when_forwarded.as_ref());
    set(&mut groups.exempt, own.groups_exempt.as_ref());
    let acls = &mut profile.network_acl;
    set(&mut acls.stateful, own.acls_stateful.as_ref());
    set(&mut acls.filters_inside_subnet, own.filters_inside_subnet.as_ref());
    set(&mut acls.matches_source_port, own.matches_source_port.as_ref());
    set(&mut acls.numbered, own.numbered.as_ref());
    set(&mut acls.exempt, own.acls_exempt.as_ref());
    let routing = &mut profile.routing;
    set(&mut routing.local_routes, own.local_routes.as_ref());
    set(&mut routing.local_beats_custom, own.local_beats_custom.as_ref());
    set(&mut routing.entry, own.entry.as_ref());
    let public = own.public_address_beats_default_route.as_ref();
    set(&mut routing.public_address_beats_default_route, public);
    set(&mut routing.internet, own.internet.as_ref());
    set(&mut profile.peering.to_internet_gateway, own.to_internet_gateway.as_ref());
    set(&mut profile.peering.to_nat_gateway, own.to_nat_gateway.as_ref());
    set(&mut profile.peering.overlap_allowed, own.overlap_allowed.as_ref());
    set(&mut profile.translation.protocols, own.translated.as_ref());
    set(&mut profile.translation.ports, own.translation_ports.as_ref());
    set(&mut profile.ephemeral_ports, own.ephemeral_ports.as_ref());
    set(&mut profile.high_risk_ports, own.high_risk_ports.as_ref());
}
