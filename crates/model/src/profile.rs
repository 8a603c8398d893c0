//! What differs between clouds, as data.
//!
//! A profile belongs to a VPC. Each field names the page it rests on; where sources disagree the
//! field is a [`Setting`], and an answer that depends on it says so. `docs/profiles.md` is the
//! table of all of them.

use std::{fmt, str::FromStr};

use canreach_net::{IpNet, Ipv4Net, PortRange, Protocol, ProtocolSet};

use crate::{Fact, ImpliedBy, Origin, Polarity, Setting, Table};

/// The profiles that come with canreach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProfileName {
    /// Huawei Cloud, regions with deny rules and priorities.
    Huawei,
    /// Huawei Cloud's older regions and Open Telekom Cloud: security groups only allow.
    HuaweiAllowOnly,
    /// Amazon Web Services.
    Aws,
    /// No particular cloud: groups only allow and keep state, ACLs keep state.
    Generic,
}

/// A text that names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no profile; expected huawei, huawei-allow-only, aws or generic")]
pub struct ProfileNameError {
    text: String,
}

impl ProfileName {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Huawei, Self::HuaweiAllowOnly, Self::Aws, Self::Generic];

    /// Returns the name as written in models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Huawei => "huawei",
            Self::HuaweiAllowOnly => "huawei-allow-only",
            Self::Aws => "aws",
            Self::Generic => "generic",
        }
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| ProfileNameError { text: text.to_owned() })
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one cloud treats packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Which profile it began as.
    pub name: ProfileName,
    /// Security groups.
    pub security_group: SecurityGroupProfile,
    /// Network ACLs.
    pub network_acl: NetworkAclProfile,
    /// Routing.
    pub routing: RoutingProfile,
    /// Peerings.
    pub peering: PeeringProfile,
    /// NAT gateways.
    pub translation: TranslationProfile,
    /// The ports from which clients send, unless they ask for another.
    ///
    /// Linux uses 32768-60999 (`ip_local_port_range`); AWS's network ACL guide counts to 61000.
    pub ephemeral_ports: PortRange,
    /// Destination ports that carriers may block on the Internet. No proof rests on them; an answer
    /// that needs one says so.
    pub high_risk_ports: Vec<(Protocol, PortRange)>,
}

/// How security groups decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupProfile {
    /// How the rules of the groups on one interface combine. A packet that no rule matches is
    /// denied.
    pub combine: Combine,
    /// The priority of a rule that does not say.
    pub default_priority: Setting<u16>,
    /// Whether the reply to a request that passed is let through.
    pub stateful: bool,
    /// Which addresses of its members a reference to a group stands for.
    pub group_reference: GroupReference,
    /// Whether a reference to a group of another VPC counts only its members in VPCs to which this
    /// one has an active peering within one region, or a transit gateway that supports references.
    pub reference_needs_peering: bool,
    /// Whether a reference to a group matches packets that an instance, or a load balancer that keeps
    /// the client's address, forwarded on their way.
    pub reference_when_forwarded: bool,
    /// Packets that are never filtered.
    pub exempt: Vec<Exemption>,
}

/// How rules combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Combine {
    /// A packet passes when any rule of any group allows it; there are no deny rules.
    AnyAllow,
    /// The first rule that matches decides. Rules are tried group by group in attachment order,
    /// within a group by priority with 1 first, and at one priority deny before allow.
    FirstMatch,
}

/// Which addresses of a group's members a reference stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupReference {
    /// Their addresses inside the VPC, so that a packet from their public address does not match.
    PrivateAddresses,
    /// Those and the public addresses that stand for them one to one.
    AllAddresses,
}

/// Packets that a layer never filters: those to the prefix, and those from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exemption {
    /// The address on the far side.
    pub prefix: IpNet,
    /// The protocol and the far side's port; all packets when `None`.
    pub service: Option<(Protocol, u16)>,
}

/// How network ACLs decide. The first rule that matches decides; a packet that none matches is
/// denied.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter that a provider documents")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAclProfile {
    /// Whether the reply to a request that passed is let through.
    pub stateful: bool,
    /// Whether packets between two interfaces of one subnet are filtered too.
    pub filters_inside_subnet: bool,
    /// Whether rules can match the source port.
    pub matches_source_port: bool,
    /// Whether rules are ordered by their number; otherwise they stand in order.
    pub numbered: bool,
    /// Packets that are never filtered.
    pub exempt: Vec<Exemption>,
}

/// How packets find their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoutingProfile {
    /// The local routes that every table has.
    pub local_routes: LocalRoutes,
    /// Whether a local route beats a longer route that someone added.
    pub local_beats_custom: bool,
    /// How packets that enter a VPC are routed.
    pub entry: EntryRouting,
    /// Whether a sender with a public address uses it instead of a default route.
    pub public_address_beats_default_route: bool,
    /// What a VPC needs for traffic with the Internet.
    pub internet: InternetAccess,
}

/// The local routes that every table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalRoutes {
    /// One for each block of the VPC.
    VpcCidrs,
    /// One for each block of each of its subnets.
    SubnetCidrs,
}

/// How packets that enter a VPC are routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryRouting {
    /// To addresses in the VPC's own blocks; nothing passes through.
    LocalOnly,
    /// By the VPC's default route table.
    DefaultTable,
}

/// What a VPC needs for traffic with the Internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InternetAccess {
    /// An attached Internet gateway, a route to it for what leaves, and a public address.
    Gateway,
    /// A public address alone.
    PublicAddress,
}

/// What may leave a VPC again after it came across a peering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeeringProfile {
    /// Across another peering.
    pub to_peering: Setting<bool>,
    /// Through an Internet gateway.
    pub to_internet_gateway: bool,
    /// Through a NAT gateway.
    pub to_nat_gateway: bool,
    /// Whether two VPCs whose blocks overlap may be peered at all.
    pub overlap_allowed: bool,
}

/// What NAT gateways do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslationProfile {
    /// The protocols they translate.
    pub protocols: ProtocolSet,
    /// The ports from which they choose the new source port of TCP and UDP packets.
    pub ports: PortRange,
}

impl Profile {
    /// Returns the profile of that name.
    ///
    /// Each parameter on which sources disagree becomes a fact in `facts`; `Setting::Decided`
    /// replaces it where the user says which holds.
    #[must_use]
    pub fn new(name: ProfileName, facts: &mut Table<Fact>) -> Self {
        match name {
            ProfileName::Huawei => Self::huawei(facts, Combine::FirstMatch),
            ProfileName::HuaweiAllowOnly => Self::huawei(facts, Combine::AnyAllow),
            ProfileName::Aws => Self::aws(),
            ProfileName::Generic => Self::generic(),
        }
    }

    fn huawei(facts: &mut Table<Fact>, combine: Combine) -> Self {
        Self {
            name: match combine {
                Combine::FirstMatch => ProfileName::Huawei,
                Combine::AnyAllow => ProfileName::HuaweiAllowOnly,
            },
            security_group: SecurityGroupProfile {
                // VPC user guide, "security groups and rules", matching order: group order, then
                // priority, then deny before allow. Open Telekom Cloud, vpc_faq_0077: rules are
                // aggregated.
                combine,
                // API reference CreateSecurityGroupRule: 100. BatchCreateSecurityGroupRules, the
                // console and the Terraform provider: 1.
                default_priority: match combine {
                    Combine::AnyAllow => Setting::Decided(1),
                    Combine::FirstMatch => Setting::Disputed {
                        fact: facts.push(disputed(
                            "a Huawei Cloud security-group rule without `priority` has priority 1, not 100",
                            "write the `priority` of every rule, or `settings: {default_priority: …}`",
                        )),
                        if_true: 1,
                        if_false: 100,
                    },
                },
                // VPC user guide, "security groups and rules": stateful.
                stateful: true,
                // Same page: members enter the group as /32 and /128 private addresses.
                group_reference: GroupReference::PrivateAddresses,
                // Groups belong to the project, not to a VPC.
                reference_needs_peering: false,
                // Members enter as addresses; no page makes an exception.
                reference_when_forwarded: true,
                exempt: Vec::new(),
            },
            network_acl: NetworkAclProfile {
                // VPC user guide, "network ACL overview": stateful; traffic inside a subnet, DHCP
                // broadcast, multicast, metadata and public services are never filtered.
                stateful: true,
                filters_inside_subnet: false,
                matches_source_port: true,
                numbered: false,
                exempt: vec![
                    exempt_v4([255, 255, 255, 255], 32, None),
                    exempt_v4([224, 0, 0, 0], 24, None),
                    exempt_v4([169, 254, 169, 254], 32, Some((Protocol::TCP, 80))),
                    exempt_v4([100, 125, 0, 0], 16, None),
                ],
            },
            routing: RoutingProfile {
                // VPC user guide, "route table overview": a system route for each subnet.
                local_routes: LocalRoutes::SubnetCidrs,
                // Open Telekom Cloud, VPC peering examples: the local route has priority.
                local_beats_custom: true,
                // "Route table overview": the default table controls traffic that enters.
                entry: EntryRouting::DefaultTable,
                // vpc_faq_0073: an EIP's policy route has priority over a custom default route.
                public_address_beats_default_route: true,
                internet: InternetAccess::PublicAddress,
            },
            peering: PeeringProfile {
                // No page says it; every example draws a full mesh.
                to_peering: Setting::Disputed {
                    fact: facts.push(disputed(
                        "Huawei Cloud forwards packets through a VPC, from one peering (or enterprise router, VPN, Direct Connect) into another",
                        "`settings: {peering_to_peering: …}`",
                    )),
                    if_true: true,
                    if_false: false,
                },
                // VPC user guide, "VPC peering overview": the peer's EIPs cannot be used, its NAT
                // gateway can.
                to_internet_gateway: false,
                to_nat_gateway: true,
                // Same page: overlapping peers are allowed, local routes win.
                overlap_allowed: true,
            },
            translation: nat_default(),
            ephemeral_ports: linux_ephemeral(),
            high_risk_ports: high_risk_ports(),
        }
    }

    fn aws() -> Self {
        // Amazon VPC user guide: neither groups nor ACLs filter instance metadata, the resolver or
        // the time service.
        let link_local = vec![
            exempt_v4([169, 254, 169, 254], 32, None),
            exempt_v4([169, 254, 169, 253], 32, None),
            exempt_v4([169, 254, 169, 123], 32, None),
        ];
        Self {
            name: ProfileName::Aws,
            security_group: SecurityGroupProfile {
                // Amazon VPC user guide, "security group rules": allow rules only; the rules of all
                // groups are aggregated; stateful.
                combine: Combine::AnyAllow,
                default_priority: Setting::Decided(1),
                stateful: true,
                // Same page: a reference stands for the private addresses of its members.
                group_reference: GroupReference::PrivateAddresses,
                // Amazon VPC peering guide, "update your security groups": the peering must be
                // active and within one region, else the rule is stale.
                reference_needs_peering: true,
                // Amazon VPC user guide, "security group rules": a reference does not work when
                // traffic is routed through a middlebox appliance. Network Load Balancer guide: groups
                // of clients cannot be referred to by the groups of targets.
                reference_when_forwarded: false,
                exempt: link_local.clone(),
            },
            network_acl: NetworkAclProfile {
                // Amazon VPC user guide, "network ACLs": stateless, evaluated at the subnet's edge,
                // destination ports only, by rule number.
                stateful: false,
                filters_inside_subnet: false,
                matches_source_port: false,
                numbered: true,
                exempt: link_local,
            },
            routing: RoutingProfile {
                // Amazon VPC user guide, "route tables": a local route for each block; the longest
                // prefix wins, also against it.
                local_routes: LocalRoutes::VpcCidrs,
                local_beats_custom: false,
                entry: EntryRouting::LocalOnly,
                public_address_beats_default_route: false,
                internet: InternetAccess::Gateway,
            },
            peering: PeeringProfile {
                // Amazon VPC peering guide, "limitations": not transitive, no edge-to-edge routing,
                // no overlapping blocks.
                to_peering: Setting::Decided(false),
                to_internet_gateway: false,
                to_nat_gateway: false,
                overlap_allowed: false,
            },
            translation: nat_default(),
            ephemeral_ports: linux_ephemeral(),
            // Amazon EC2 user guide: outbound port 25 is blocked until it is asked for.
            high_risk_ports: ports_of(Protocol::TCP, &[(25, 25)]),
        }
    }

    /// Hand-written models of no particular cloud: the common ground of the others, in its
    /// friendliest form.
    fn generic() -> Self {
        let aws = Self::aws();
        Self {
            name: ProfileName::Generic,
            security_group: SecurityGroupProfile {
                reference_needs_peering: false,
                reference_when_forwarded: true,
                exempt: Vec::new(),
                ..aws.security_group
            },
            network_acl: NetworkAclProfile {
                stateful: true,
                filters_inside_subnet: false,
                matches_source_port: true,
                numbered: false,
                exempt: Vec::new(),
            },
            high_risk_ports: Vec::new(),
            ..aws
        }
    }
}

/// Huawei Cloud ECS user guide, "common ports": blocked by default by some carriers in some areas;
/// outbound 25 by Huawei Cloud itself until it is asked for.
fn high_risk_ports() -> Vec<(Protocol, PortRange)> {
    const TCP: [(u16, u16); 17] = [
        (25, 25),
        (42, 42),
        (135, 135),
        (137, 139),
        (444, 445),
        (593, 593),
        (1025, 1025),
        (1068, 1068),
        (1433, 1434),
        (3127, 3130),
        (4444, 4444),
        (4789, 4789),
        (5554, 5554),
        (5800, 5800),
        (5900, 5900),
        (8998, 8998),
        (9995, 9996),
    ];
    const UDP: [(u16, u16); 7] = [
        (135, 139),
        (1026, 1028),
        (1068, 1068),
        (1433, 1434),
        (4789, 4789),
        (5554, 5554),
        (9995, 9996),
    ];
    let tcp = ports_of(Protocol::TCP, &TCP).into_iter();
    tcp.chain(ports_of(Protocol::UDP, &UDP)).collect()
}

fn ports_of(protocol: Protocol, ranges: &[(u16, u16)]) -> Vec<(Protocol, PortRange)> {
    let range = |(first, last): &(u16, u16)| Some((protocol, PortRange::new(*first, *last).ok()?));
    ranges.iter().filter_map(range).collect()
}

fn exempt_v4(address: [u8; 4], length: u8, service: Option<(Protocol, u16)>) -> Exemption {
    let prefix = Ipv4Net::new(address.into(), length).unwrap_or_default();
    Exemption { prefix: IpNet::V4(prefix), service }
}

/// AWS NAT gateway guide: TCP, UDP and ICMP; ports 1024-65535. Huawei NAT gateway guide: the same
/// protocols.
fn nat_default() -> TranslationProfile {
    let protocols = [Protocol::ICMP, Protocol::TCP, Protocol::UDP];
    TranslationProfile {
        protocols: protocols.into_iter().map(|Protocol(number)| (number, number)).collect(),
        ports: PortRange::new(1024, u16::MAX).unwrap_or(PortRange::ALL),
    }
}

fn linux_ephemeral() -> PortRange {
    PortRange::new(32768, 60999).unwrap_or(PortRange::ALL)
}

fn disputed(statement: &str, settled_by: &str) -> Fact {
    Fact {
        statement: statement.to_owned(),
        settled_by: settled_by.to_owned(),
        origin: Origin::Implied(ImpliedBy::MissingInput),
        polarity: Polarity::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_printed() {
        for name in ProfileName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            assert_eq!(Profile::new(name, &mut Table::default()).name, name);
        }
        assert!("AWS".parse::<ProfileName>().is_err());
    }

    #[test]
    fn what_sources_disagree_about_is_a_fact() {
        let mut facts = Table::default();
        let _ = Profile::new(ProfileName::Aws, &mut facts);
        let _ = Profile::new(ProfileName::Generic, &mut facts);
        assert_eq!(facts.len(), 0);
        let _ = Profile::new(ProfileName::HuaweiAllowOnly, &mut facts);
        assert_eq!(
            facts.len(),
            1,
            "peering to peering; priorities do not matter without deny rules"
        );
        let _ = Profile::new(ProfileName::Huawei, &mut facts);
        assert_eq!(facts.len(), 3);
    }

    #[test]
    fn exemptions_are_the_documented_blocks() {
        let profile = Profile::new(ProfileName::Huawei, &mut Table::default());
        let blocks: Vec<String> = profile
            .network_acl
            .exempt
            .iter()
            .map(|exemption| exemption.prefix.to_string())
            .collect();
        assert_eq!(
            blocks,
            ["255.255.255.255/32", "224.0.0.0/24", "169.254.169.254/32", "100.125.0.0/16"]
        );
    }
}
