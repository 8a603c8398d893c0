//! Causes: stable codes for why a flow does not pass.
//!
//! A code names a thing to mend, whatever the provider; `docs/causes/` has a page on each. Where AWS
//! Reachability Analyzer or GCP Connectivity Tests have a code for the same thing, it is an alias.

use std::fmt;

/// Why a flow does not pass, in the order of the troubleshooting guide: security-group rules and
/// what listens, then the ACL against the group, then firewalls, then the network itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A rule would match, but stands in the other direction.
    SgDirection,
    /// A rule would match, but for another protocol.
    SgProtocol,
    /// A rule would match, but for other ports, or another ICMP type.
    SgPort,
    /// A rule would match, but for other addresses or another group.
    SgPeer,
    /// A rule denies it.
    SgDeny,
    /// No rule differs in one field alone.
    SgNoRule,
    /// Carriers may block the port; only ever a warning.
    PortHighRisk,
    /// Nothing listens on the port and address.
    ServiceNotListening,
    /// The security group on the same side allows it, the network ACL denies it.
    AclOverridesSg,
    /// The network ACL denies the request.
    AclDeny,
    /// The network ACL denies the reply.
    AclReply,
    /// The firewall on a host denies it.
    HostFirewall,
    /// A cloud firewall denies it at one of its borders.
    CloudFirewall,
    /// Two VPCs have no peering.
    NoPeering,
    /// The peering is not active.
    PeeringInactive,
    /// The peering leads elsewhere, or does not carry what has to go on from there.
    PeeringNotTransitive,
    /// A VPC, its zone or a connection is not attached to the transit gateway, or not associated.
    NotAttached,
    /// A VPN or Direct Connect connection is down, or leads elsewhere.
    ConnectionDown,
    /// The request has no route.
    NoRoute,
    /// The reply has no route.
    NoReturnRoute,
    /// A route drops it.
    RouteBlackhole,
    /// It goes round in circles.
    RoutingLoop,
    /// A block of another VPC holds the address, and keeps the packet.
    OverlappingCidr,
    /// An interface drops what is neither from nor for one of its addresses.
    SourceDestCheck,
    /// The instance that a route leads to does not forward.
    NoForwarding,
    /// A load balancer has no listener or no target for it, or its access list refuses it.
    LoadBalancer,
    /// A load balancer that keeps the client's address picks the client itself as the target.
    LbHairpin,
    /// The sender has no public address.
    NoPublicAddress,
    /// There is no Internet gateway, or it is not attached, or not for this traffic.
    NoGateway,
    /// The NAT gateway has no translation for it.
    NoTranslation,
    /// Nobody has the address.
    NoSuchAddress,
    /// The address is that of a gateway's interface, which takes nothing for itself.
    GatewayInterface,
    /// The Internet does not route the address.
    NotRoutedOnInternet,
    /// The reply comes back from another address or port than the request went to.
    AsymmetricReply,
    /// The message has no answer.
    NoAnswer,
}

impl Cause {
    /// Every cause, in the guide's order.
    pub const ALL: [Self; 35] = [
        Self::SgDirection,
        Self::SgProtocol,
        Self::SgPort,
        Self::SgPeer,
        Self::SgDeny,
        Self::SgNoRule,
        Self::PortHighRisk,
        Self::ServiceNotListening,
        Self::AclOverridesSg,
        Self::AclDeny,
        Self::AclReply,
        Self::HostFirewall,
        Self::CloudFirewall,
        Self::NoPeering,
        Self::PeeringInactive,
        Self::PeeringNotTransitive,
        Self::NotAttached,
        Self::ConnectionDown,
        Self::NoRoute,
        Self::NoReturnRoute,
        Self::RouteBlackhole,
        Self::RoutingLoop,
        Self::OverlappingCidr,
        Self::SourceDestCheck,
        Self::NoForwarding,
        Self::LoadBalancer,
        Self::LbHairpin,
        Self::NoPublicAddress,
        Self::NoGateway,
        Self::NoTranslation,
        Self::NoSuchAddress,
        Self::GatewayInterface,
        Self::NotRoutedOnInternet,
        Self::AsymmetricReply,
        Self::NoAnswer,
    ];

    /// Returns the stable code, as printed and documented.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SgDirection => "SG_DIRECTION",
            Self::SgProtocol => "SG_PROTOCOL",
            Self::SgPort => "SG_PORT",
            Self::SgPeer => "SG_PEER",
            Self::SgDeny => "SG_DENY",
            Self::SgNoRule => "SG_NO_RULE",
            Self::PortHighRisk => "PORT_HIGH_RISK",
            Self::ServiceNotListening => "SERVICE_NOT_LISTENING",
            Self::AclOverridesSg => "ACL_OVERRIDES_SG",
            Self::AclDeny => "ACL_DENY",
            Self::AclReply => "ACL_REPLY",
            Self::HostFirewall => "HOST_FIREWALL",
            Self::CloudFirewall => "CLOUD_FIREWALL",
            Self::NoPeering => "NO_PEERING",
            Self::PeeringInactive => "PEERING_INACTIVE",
            Self::PeeringNotTransitive => "PEERING_NOT_TRANSITIVE",
            Self::NotAttached => "NOT_ATTACHED",
            Self::ConnectionDown => "CONNECTION_DOWN",
            Self::NoRoute => "NO_ROUTE",
            Self::NoReturnRoute => "NO_RETURN_ROUTE",
            Self::RouteBlackhole => "ROUTE_BLACKHOLE",
            Self::RoutingLoop => "ROUTING_LOOP",
            Self::OverlappingCidr => "OVERLAPPING_CIDR",
            Self::SourceDestCheck => "SOURCE_DEST_CHECK",
            Self::NoForwarding => "NO_FORWARDING",
            Self::LoadBalancer => "LOAD_BALANCER",
            Self::LbHairpin => "LB_HAIRPIN",
            Self::NoPublicAddress => "NO_PUBLIC_ADDRESS",
            Self::NoGateway => "NO_GATEWAY",
            Self::NoTranslation => "NO_TRANSLATION",
            Self::NoSuchAddress => "NO_SUCH_ADDRESS",
            Self::GatewayInterface => "GATEWAY_INTERFACE",
            Self::NotRoutedOnInternet => "NOT_ROUTED_ON_INTERNET",
            Self::AsymmetricReply => "ASYMMETRIC_REPLY",
            Self::NoAnswer => "NO_ANSWER",
        }
    }

    /// Returns the codes under which others know the same thing, those of AWS first.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        self.aws().iter().chain(self.gcp()).copied()
    }

    /// Returns the explanation codes of AWS Reachability Analyzer for the same thing.
    #[must_use]
    pub fn aws(self) -> &'static [&'static str] {
        match self {
            Self::SgDirection | Self::SgProtocol | Self::SgPort | Self::SgDeny => {
                &["ENI_SG_RULES_MISMATCH"]
            }
            Self::SgPeer => &["ENI_SG_RULES_MISMATCH", "SG_REFERENCES_NOT_PRESERVED"],
            Self::SgNoRule => &["ENI_SG_RULES_MISMATCH", "SG_HAS_NO_RULES"],
            Self::AclOverridesSg | Self::AclDeny | Self::AclReply => &["SUBNET_ACL_RESTRICTION"],
            Self::CloudFirewall => &["FIREWALL_RULES_RESTRICTION"],
            Self::NoPeering => &["DISCONNECTED_VPCS"],
            Self::PeeringInactive => &["BAD_STATE"],
            Self::PeeringNotTransitive => {
                &["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", "NGW_REQUIRES_SOURCE_IN_VPC"]
            }
            Self::NotAttached => &[
                "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
                "TGW_ROUTE_AZ_RESTRICTION",
                "BAD_STATE_ATTACHMENT",
            ],
            Self::ConnectionDown => &["BAD_STATE_VPN", "TGW_BAD_STATE_VPN"],
            Self::NoRoute | Self::NoReturnRoute => {
                &["NO_ROUTE_TO_DESTINATION", "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]
            }
            Self::RouteBlackhole => &["BAD_STATE_ROUTE", "TGW_RTB_BAD_STATE_ROUTE"],
            Self::SourceDestCheck => &["ENI_SOURCE_DEST_CHECK_RESTRICTION"],
            Self::LoadBalancer => {
                &["ELB_LISTENERS_MISMATCH", "ELBV2_LISTENERS_MISMATCH", "ELBV2_LISTENER_HAS_NO_TG"]
            }
            Self::NoPublicAddress => &["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"],
            Self::NoTranslation => &["PROTOCOL_RESTRICTION"],
            Self::NoSuchAddress => {
                &["NO_POSSIBLE_DESTINATION", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]
            }
            Self::NotRoutedOnInternet => &["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"],
            Self::PortHighRisk
            | Self::ServiceNotListening
            | Self::HostFirewall
            | Self::RoutingLoop
            | Self::OverlappingCidr
            | Self::NoForwarding
            | Self::LbHairpin
            | Self::NoGateway
            | Self::GatewayInterface
            | Self::AsymmetricReply
            | Self::NoAnswer => &[],
        }
    }

    /// Returns the drop causes of GCP Connectivity Tests for the same thing.
    #[must_use]
    pub fn gcp(self) -> &'static [&'static str] {
        match self {
            Self::SgDirection
            | Self::SgProtocol
            | Self::SgPort
            | Self::SgPeer
            | Self::SgDeny
            | Self::SgNoRule => &["FIREWALL_RULE"],
            Self::ConnectionDown => &["ROUTE_NEXT_HOP_VPN_TUNNEL_NOT_ESTABLISHED"],
            Self::NoRoute | Self::NoReturnRoute => &["NO_ROUTE"],
            Self::RouteBlackhole => &["ROUTE_BLACKHOLE"],
            Self::RoutingLoop => &["ROUTING_LOOP"],
            Self::SourceDestCheck => &["FOREIGN_IP_DISALLOWED"],
            Self::LoadBalancer => &["FORWARDING_RULE_MISMATCH", "FORWARDING_RULE_NO_INSTANCES"],
            Self::NoPublicAddress => &["NO_EXTERNAL_ADDRESS"],
            Self::NoTranslation => &["CLOUD_NAT_NO_ADDRESSES", "CLOUD_NAT_PROTOCOL_UNSUPPORTED"],
            Self::NoSuchAddress => &["UNKNOWN_INTERNAL_ADDRESS", "UNKNOWN_EXTERNAL_ADDRESS"],
            Self::NotRoutedOnInternet => &["PRIVATE_TRAFFIC_TO_INTERNET"],
            Self::PortHighRisk
            | Self::ServiceNotListening
            | Self::AclOverridesSg
            | Self::AclDeny
            | Self::AclReply
            | Self::HostFirewall
            | Self::CloudFirewall
            | Self::NoPeering
            | Self::PeeringInactive
            | Self::PeeringNotTransitive
            | Self::NotAttached
            | Self::LbHairpin
            | Self::GatewayInterface
            | Self::OverlappingCidr
            | Self::NoForwarding
            | Self::NoGateway
            | Self::AsymmetricReply
            | Self::NoAnswer => &[],
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
