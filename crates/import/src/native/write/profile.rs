//! Profiles: their names, and where a VPC differs from what its profile says.

use canreach_model::{
    Combine, EntryRouting, Exemption, GroupReference, InternetAccess, LocalRoutes, Network,
    NetworkAclProfile, PeeringProfile, Profile, ProfileName, RoutingProfile, SecurityGroupProfile,
    Setting, Table, TranslationProfile,
};
use canreach_net::{PortRange, Protocol, ProtocolSet};

use super::Writer;
use crate::native::notation as written;

impl Writer<'_> {
    /// Returns what is decided, or left open, of what the profile leaves open.
    pub(super) fn settings(&self, profile: &Profile) -> Option<written::OwnSettings> {
        let usual = Profile::new(profile.name, &mut Table::default());
        let (own, usual_priority) =
            (profile.security_group.default_priority, usual.security_group.default_priority);
        let settings = written::OwnSettings {
            default_priority: self.setting(own, usual_priority),
            peering_to_peering: self.setting(profile.peering.to_peering, usual.peering.to_peering),
        };
        (settings != written::OwnSettings::default()).then_some(settings)
    }

    fn setting<T: Copy + PartialEq>(
        &self,
        own: Setting<T>,
        usual: Setting<T>,
    ) -> Option<written::Setting<T>> {
        match own {
            Setting::Decided(_) if own == usual => None,
            Setting::Decided(value) => Some(written::Setting::Decided(value)),
            Setting::Disputed { .. } => self.open_setting(own),
        }
    }

    /// Returns a value that depends on a fact.
    pub(super) fn open_setting<T>(&self, setting: Setting<T>) -> Option<written::Setting<T>> {
        let Setting::Disputed { fact, if_true, if_false } = setting else { return None };
        let unresolved = self.names.facts.of(fact);
        Some(written::Setting::Open(written::OpenSetting { unresolved, if_true, if_false }))
    }
}

/// Returns the profile that all VPCs began as, if it is one.
pub(super) fn common(network: &Network) -> Option<ProfileName> {
    let mut names = network.vpcs.iter().map(|(_, vpc)| vpc.profile.name);
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

pub(super) fn name(name: ProfileName) -> written::ProfileName {
    match name {
        ProfileName::Huawei => written::ProfileName::Huawei,
        ProfileName::HuaweiAllowOnly => written::ProfileName::HuaweiAllowOnly,
        ProfileName::Aws => written::ProfileName::Aws,
        ProfileName::Generic => written::ProfileName::Generic,
    }
}

/// Returns a value where it is not the usual one.
fn own<T: PartialEq, W>(value: &T, usual: &T, write: impl FnOnce(&T) -> W) -> Option<W> {
    (value != usual).then(|| write(value))
}

/// Returns something unless it says nothing.
fn unless_empty<W: Default + PartialEq>(written: W) -> Option<W> {
    (written != W::default()).then_some(written)
}

/// Returns where a VPC differs from what its profile says, apart from settings.
pub(super) fn parameters(profile: &Profile) -> Option<written::Parameters> {
    fields!(profile => Profile {
        name, security_group, network_acl, routing, peering, translation, ephemeral_ports,
        high_risk_ports,
    });
    let usual = Profile::new(profile.name, &mut Table::default());
    unless_empty(written::Parameters {
        security_group: unless_empty(groups(&profile.security_group, &usual.security_group)),
        network_acl: unless_empty(acls(&profile.network_acl, &usual.network_acl)),
        routing: unless_empty(routing(profile.routing, usual.routing)),
        peering: unless_empty(peering(&profile.peering, &usual.peering)),
        translation: unless_empty(translation(&profile.translation, &usual.translation)),
        ephemeral_ports: own(&profile.ephemeral_ports, &usual.ephemeral_ports, |ports| {
            written::Ports(*ports)
        }),
        high_risk_ports: own(&profile.high_risk_ports, &usual.high_risk_ports, |all| {
            let one = |(protocol, ports): &(Protocol, PortRange)| written::HighRiskPorts {
                protocol: written::ProtocolName(*protocol),
                ports: written::Ports(*ports),
            };
            all.iter().map(one).collect()
        }),
    })
}

fn groups(
    profile: &SecurityGroupProfile,
    usual: &SecurityGroupProfile,
) -> written::SecurityGroupParameters {
    fields!(profile => SecurityGroupProfile {
        combine, default_priority, stateful, group_reference, reference_needs_peering,
        reference_when_forwarded, exempt,
    });
    written::SecurityGroupParameters {
        combine: own(&profile.combine, &usual.combine, |combine| match combine {
            Combine::AnyAllow => written::Combine::AnyAllow,
            Combine::FirstMatch => written::Combine::FirstMatch,
        }),
        stateful: own(&profile.stateful, &usual.stateful, |it| *it),
        group_reference: own(&profile.group_reference, &usual.group_reference, |it| match it {
            GroupReference::PrivateAddresses => written::GroupReference::PrivateAddresses,
            GroupReference::AllAddresses => written::GroupReference::AllAddresses,
        }),
        reference_needs_peering: own(
            &profile.reference_needs_peering,
            &usual.reference_needs_peering,
            |it| *it,
        ),
        reference_when_forwarded: own(
            &profile.reference_when_forwarded,
            &usual.reference_when_forwarded,
            |it| *it,
        ),
        exempt: own(&profile.exempt, &usual.exempt, |it| exemptions(it)),
    }
}

fn acls(profile: &NetworkAclProfile, usual: &NetworkAclProfile) -> written::NetworkAclParameters {
    fields!(profile => NetworkAclProfile {
        stateful, filters_inside_subnet, matches_source_port, numbered, exempt,
    });
    written::NetworkAclParameters {
        stateful: own(&profile.stateful, &usual.stateful, |it| *it),
        filters_inside_subnet: own(
            &profile.filters_inside_subnet,
            &usual.filters_inside_subnet,
            |it| *it,
        ),
        matches_source_port: own(&profile.matches_source_port, &usual.matches_source_port, |it| {
            *it
        }),
        numbered: own(&profile.numbered, &usual.numbered, |it| *it),
        exempt: own(&profile.exempt, &usual.exempt, |it| exemptions(it)),
    }
}

fn routing(profile: RoutingProfile, usual: RoutingProfile) -> written::RoutingParameters {
    fields!(profile => RoutingProfile {
        local_routes, local_beats_custom, entry, public_address_beats_default_route, internet,
    });
    written::RoutingParameters {
        local_routes: own(&profile.local_routes, &usual.local_routes, |it| match it {
            LocalRoutes::VpcCidrs => written::LocalRoutes::VpcCidrs,
            LocalRoutes::SubnetCidrs => written::LocalRoutes::SubnetCidrs,
        }),
        local_beats_custom: own(&profile.local_beats_custom, &usual.local_beats_custom, |it| *it),
        entry: own(&profile.entry, &usual.entry, |it| match it {
            EntryRouting::LocalOnly => written::EntryRouting::LocalOnly,
            EntryRouting::DefaultTable => written::EntryRouting::DefaultTable,
        }),
        public_address_beats_default_route: own(
            &profile.public_address_beats_default_route,
            &usual.public_address_beats_default_route,
            |it| *it,
        ),
        internet: own(&profile.internet, &usual.internet, |it| match it {
            InternetAccess::Gateway => written::InternetAccess::Gateway,
            InternetAccess::PublicAddress => written::InternetAccess::PublicAddress,
        }),
    }
}

fn peering(profile: &PeeringProfile, usual: &PeeringProfile) -> written::PeeringParameters {
    fields!(profile => PeeringProfile {
        to_peering, to_internet_gateway, to_nat_gateway, overlap_allowed,
    });
    written::PeeringParameters {
        to_internet_gateway: own(&profile.to_internet_gateway, &usual.to_internet_gateway, |it| {
            *it
        }),
        to_nat_gateway: own(&profile.to_nat_gateway, &usual.to_nat_gateway, |it| *it),
        overlap_allowed: own(&profile.overlap_allowed, &usual.overlap_allowed, |it| *it),
    }
}

fn translation(
    profile: &TranslationProfile,
    usual: &TranslationProfile,
) -> written::TranslationParameters {
    fields!(profile => TranslationProfile { protocols, ports });
    let every = |set: &ProtocolSet| {
        let numbers = set.ranges().flat_map(|(first, last)| first..=last);
        numbers.map(|number| written::ProtocolName(Protocol(number))).collect()
    };
    written::TranslationParameters {
        protocols: own(&profile.protocols, &usual.protocols, every),
        ports: own(&profile.ports, &usual.ports, |ports| written::Ports(*ports)),
    }
}

fn exemptions(exemptions: &[Exemption]) -> Vec<written::Exemption> {
    let one = |exemption: &Exemption| written::Exemption {
        cidr: written::Block::from(exemption.prefix),
        protocol: exemption.service.map(|(protocol, _)| written::ProtocolName(protocol)),
        port: exemption.service.map(|(_, port)| port),
    };
    exemptions.iter().map(one).collect()
}
