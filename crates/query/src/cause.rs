//! Causes: stable codes for why a flow does not pass.

use std::fmt;

/// Why a flow does not pass, in the order of the troubleshooting guide: security-group rules, then
/// the ACL against the group, then the network itself.
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
    /// No rule comes near.
    SgNoRule,
    /// Nothing listens on the port and address.
    ServiceNotListening,
    /// The security group on the same side allows it, the network ACL denies it.
    AclOverridesSg,
    /// The network ACL denies the request.
    AclDeny,
    /// The network ACL denies the reply.
    AclReply,
    /// Two VPCs have no peering.
    NoPeering,
    /// The peering is not active.
    PeeringInactive,
    /// The peering leads elsewhere, or does not carry what has to go on from there.
    PeeringNotTransitive,
    /// The request has no route.
    NoRoute,
    /// The reply has no route.
    NoReturnRoute,
    /// A route drops it.
    RouteBlackhole,
    /// It goes round in circles.
    RoutingLoop,
    /// The sender has no public address.
    NoPublicAddress,
    /// There is no Internet gateway, or it is not attached, or not for this traffic.
    NoGateway,
    /// The NAT gateway has no translation for it.
    NoTranslation,
    /// Nobody has the address.
    NoSuchAddress,
    /// The Internet does not route the address.
    NotRoutedOnInternet,
    /// The reply comes back from another address or port than the request went to.
    AsymmetricReply,
    /// The message has no answer.
    NoAnswer,
}

impl Cause {
    /// Every cause, in the guide's order.
    pub const ALL: [Self; 24] = [
        Self::SgDirection,
        Self::SgProtocol,
        Self::SgPort,
        Self::SgPeer,
        Self::SgDeny,
        Self::SgNoRule,
        Self::ServiceNotListening,
        Self::AclOverridesSg,
        Self::AclDeny,
        Self::AclReply,
        Self::NoPeering,
        Self::PeeringInactive,
        Self::PeeringNotTransitive,
        Self::NoRoute,
        Self::NoReturnRoute,
        Self::RouteBlackhole,
        Self::RoutingLoop,
        Self::NoPublicAddress,
        Self::NoGateway,
        Self::NoTranslation,
        Self::NoSuchAddress,
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
            Self::ServiceNotListening => "SERVICE_NOT_LISTENING",
            Self::AclOverridesSg => "ACL_OVERRIDES_SG",
            Self::AclDeny => "ACL_DENY",
            Self::AclReply => "ACL_REPLY",
            Self::NoPeering => "NO_PEERING",
            Self::PeeringInactive => "PEERING_INACTIVE",
            Self::PeeringNotTransitive => "PEERING_NOT_TRANSITIVE",
            Self::NoRoute => "NO_ROUTE",
            Self::NoReturnRoute => "NO_RETURN_ROUTE",
            Self::RouteBlackhole => "ROUTE_BLACKHOLE",
            Self::RoutingLoop => "ROUTING_LOOP",
            Self::NoPublicAddress => "NO_PUBLIC_ADDRESS",
            Self::NoGateway => "NO_GATEWAY",
            Self::NoTranslation => "NO_TRANSLATION",
            Self::NoSuchAddress => "NO_SUCH_ADDRESS",
            Self::NotRoutedOnInternet => "NOT_ROUTED_ON_INTERNET",
            Self::AsymmetricReply => "ASYMMETRIC_REPLY",
            Self::NoAnswer => "NO_ANSWER",
        }
    }

    /// Returns the codes under which AWS Reachability Analyzer and GCP Connectivity Tests know the
    /// same thing.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::SgDirection
            | Self::SgProtocol
            | Self::SgPort
            | Self::SgPeer
            | Self::SgDeny
            | Self::SgNoRule => &["ENI_SG_RULES_MISMATCH", "FIREWALL_RULE"],
            Self::AclOverridesSg | Self::AclDeny | Self::AclReply => &["SUBNET_ACL_RESTRICTION"],
            Self::NoRoute | Self::NoReturnRoute => &["NO_ROUTE_TO_DESTINATION", "NO_ROUTE"],
            Self::RouteBlackhole => &["BAD_STATE_ROUTE", "ROUTE_BLACKHOLE"],
            Self::NoPublicAddress => {
                &["IGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS", "NO_EXTERNAL_ADDRESS"]
            }
            Self::RoutingLoop => &["ROUTING_LOOP"],
            Self::ServiceNotListening
            | Self::NoPeering
            | Self::PeeringInactive
            | Self::PeeringNotTransitive
            | Self::NoGateway
            | Self::NoTranslation
            | Self::NoSuchAddress
            | Self::NotRoutedOnInternet
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
