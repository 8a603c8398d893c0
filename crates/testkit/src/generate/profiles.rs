//! Profiles: the named ones, and random combinations of all their parameters.

use canreach_model::{
    Combine, EntryRouting, Exemption, GroupReference, InternetAccess, LocalRoutes,
    NetworkAclProfile, PeeringProfile, Polarity, Profile, ProfileName, RoutingProfile,
    SecurityGroupProfile, Setting, Table, TranslationProfile,
};
use canreach_net::{PortRange, Protocol};

use super::{LARGEST_PORT, Maker, nat_ports};
use crate::builder;

impl Maker {
    /// Returns a profile whose open settings are facts of the network.
    pub(super) fn profile(&mut self) -> Profile {
        if self.random.chance(45) { self.mixed_profile() } else { self.named_profile() }
    }

    fn named_profile(&mut self) -> Profile {
        let name = self.random.pick(&ProfileName::ALL);
        let mut profile = Profile::new(name, &mut Table::default());
        // The facts of the throw-away table are replaced by such of this network.
        profile.security_group.default_priority = match profile.security_group.default_priority {
            Setting::Decided(value) => Setting::Decided(value),
            Setting::Disputed { if_true, if_false, .. } => self.setting(if_true, if_false),
        };
        profile.peering.to_peering = match profile.peering.to_peering {
            Setting::Decided(value) => Setting::Decided(value),
            Setting::Disputed { if_true, if_false, .. } => self.setting(if_true, if_false),
        };
        profile.translation.ports = nat_ports();
        profile
    }

    /// Disputed half of the time, otherwise one of the values.
    fn setting<T: Copy>(&mut self, if_true: T, if_false: T) -> Setting<T> {
        let disputed = self.random.chance(50);
        match self.fact_if(disputed, Polarity::Neither) {
            Some(fact) => Setting::Disputed { fact, if_true, if_false },
            None => Setting::Decided(if self.random.chance(50) { if_true } else { if_false }),
        }
    }

    fn mixed_profile(&mut self) -> Profile {
        let priority = self.setting(1, 100);
        let to_peering = self.setting(true, false);
        Profile {
            name: self.random.pick(&ProfileName::ALL),
            security_group: SecurityGroupProfile {
                combine: self.random.pick(&[Combine::AnyAllow, Combine::FirstMatch]),
                default_priority: priority,
                stateful: self.random.chance(65),
                group_reference: self
                    .random
                    .pick(&[GroupReference::PrivateAddresses, GroupReference::AllAddresses]),
                reference_needs_peering: self.random.chance(50),
                reference_when_forwarded: self.random.chance(50),
                exempt: self.exemptions(),
            },
            network_acl: NetworkAclProfile {
                stateful: self.random.chance(50),
                filters_inside_subnet: self.random.chance(50),
                matches_source_port: self.random.chance(50),
                numbered: self.random.chance(50),
                exempt: self.exemptions(),
            },
            routing: RoutingProfile {
                local_routes: self.random.pick(&[LocalRoutes::VpcCidrs, LocalRoutes::SubnetCidrs]),
                local_beats_custom: self.random.chance(50),
                entry: self.random.pick(&[EntryRouting::LocalOnly, EntryRouting::DefaultTable]),
                public_address_beats_default_route: self.random.chance(50),
                internet: self
                    .random
                    .pick(&[InternetAccess::Gateway, InternetAccess::PublicAddress]),
            },
            peering: PeeringProfile {
                to_peering,
                to_internet_gateway: self.random.chance(50),
                to_nat_gateway: self.random.chance(50),
                overlap_allowed: self.random.chance(50),
            },
            translation: TranslationProfile {
                protocols: [Protocol::ICMP, Protocol::TCP, Protocol::UDP, Protocol::GRE]
                    .into_iter()
                    .filter(|_| self.random.chance(80))
                    .map(|Protocol(number)| (number, number))
                    .collect(),
                ports: nat_ports(),
            },
            ephemeral_ports: PortRange::ALL,
            high_risk_ports: Vec::new(),
        }
    }

    fn exemptions(&mut self) -> Vec<Exemption> {
        if !self.random.chance(30) {
            return Vec::new();
        }
        let prefixes =
            ["10.0.0.0/30", "10.0.0.2/32", "10.0.1.0/29", "198.51.100.0/30", "2001:db8::/126"];
        let prefix = builder::prefix(self.random.pick(&prefixes));
        let port = self.random.between(0, LARGEST_PORT);
        let protocol = self.random.pick(&[Protocol::TCP, Protocol::UDP]);
        vec![Exemption { prefix, service: self.random.chance(50).then_some((protocol, port)) }]
    }
}
