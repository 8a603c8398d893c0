//! The profile of each VPC: one per cloud, with the facts it leaves open, decided by `settings`.

use canreach_model::{Fact, Profile, ProfileName, Setting, Table};

use super::Linker;
use crate::{diagnostic::Diagnostic, native::written::Settings};

/// The profiles made so far.
///
/// Each is made once for the whole network: an open fact is one variable, however many VPCs it
/// concerns.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    made: Vec<Profile>,
}

impl Profiles {
    /// Returns the profile of that name, decided as the settings say.
    pub(super) fn get(
        &mut self,
        name: ProfileName,
        settings: Settings,
        facts: &mut Table<Fact>,
    ) -> Profile {
        let priority = settings.default_priority.map(|priority| priority.value);
        let peering = settings.peering_to_peering.map(|peering| peering.value);
        // A profile whose every dispute is decided leaves no fact behind.
        let mut profile = decided(Profile::new(name, &mut Table::default()), priority, peering);
        if is_open(&profile) {
            profile = decided(self.open(name, facts), priority, peering);
        }
        profile
    }

    fn open(&mut self, name: ProfileName, facts: &mut Table<Fact>) -> Profile {
        if let Some(made) = self.made.iter().find(|profile| profile.name == name) {
            return made.clone();
        }
        let profile = Profile::new(name, facts);
        self.made.push(profile.clone());
        profile
    }
}

fn decided(mut profile: Profile, priority: Option<u16>, peering: Option<bool>) -> Profile {
    if let (Setting::Disputed { .. }, Some(priority)) =
        (profile.security_group.default_priority, priority)
    {
        profile.security_group.default_priority = Setting::Decided(priority);
    }
    if let (Setting::Disputed { .. }, Some(peering)) = (profile.peering.to_peering, peering) {
        profile.peering.to_peering = Setting::Decided(peering);
    }
    profile
}

fn is_open(profile: &Profile) -> bool {
    matches!(profile.security_group.default_priority, Setting::Disputed { .. })
        || matches!(profile.peering.to_peering, Setting::Disputed { .. })
}

impl Linker<'_> {
    /// Warns of settings that decide nothing.
    pub(super) fn settings(&mut self) {
        for model in self.models {
            let own = model.written.vpcs.iter().filter_map(|vpc| vpc.body.profile);
            let names: Vec<ProfileName> =
                own.chain(model.written.profile).map(|profile| profile.value).collect();
            let profiles: Vec<Profile> =
                names.into_iter().map(|name| Profile::new(name, &mut Table::default())).collect();
            let settings = model.written.settings;
            let priority = profiles.iter().any(|profile| {
                matches!(profile.security_group.default_priority, Setting::Disputed { .. })
            });
            let peering = profiles
                .iter()
                .any(|profile| matches!(profile.peering.to_peering, Setting::Disputed { .. }));
            let unused = [
                (
                    "default_priority",
                    priority,
                    settings.default_priority.map(|setting| setting.place),
                ),
                (
                    "peering_to_peering",
                    peering,
                    settings.peering_to_peering.map(|setting| setting.place),
                ),
                (
                    "cloud_firewall_stateful",
                    !model.written.cloud_firewalls.is_empty(),
                    settings.cloud_firewall_stateful.map(|setting| setting.place),
                ),
            ];
            for (name, used, place) in unused {
                if let (false, Some(place)) = (used, place) {
                    let message = format!("setting `{name}` decides nothing here");
                    self.report(
                        Diagnostic::warning("model::setting_unused", place, message).label(
                            if name == "cloud_firewall_stateful" {
                                "this file has no cloud firewall"
                            } else {
                                "no profile of this file leaves this open"
                            },
                        ),
                    );
                }
            }
        }
    }
}
