//! The top-level keys of AWS answers: which are read, which are not modelled yet, which do not
//! matter.

/// The kinds of answers that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Vpcs,
    Subnets,
    NetworkInterfaces,
    Reservations,
    SecurityGroups,
    SecurityGroupRules,
    NetworkAcls,
    RouteTables,
    InternetGateways,
    EgressOnlyInternetGateways,
    NatGateways,
    Addresses,
    VpcPeeringConnections,
    PrefixLists,
    PrefixListEntries,
    TransitGateways,
    TransitGatewayAttachments,
    TransitGatewayVpcAttachments,
    TransitGatewayPeeringAttachments,
    TransitGatewayConnects,
    TransitGatewayRouteTables,
    /// Lists of one route table each, with the table around the list.
    TransitGatewayAssociations,
    TransitGatewayPropagations,
    TransitGatewayStaticRoutes,
    /// The same as the AWS CLI writes them, with the table beside the list.
    Associations,
    TransitGatewayRouteTablePropagations,
    TransitGatewayPrefixListReferences,
    Routes,
    VpnGateways,
    VpnConnections,
    CustomerGateways,
    VirtualInterfaces,
    DirectConnectGateways,
    DirectConnectGatewayAssociations,
    DirectConnectGatewayAttachments,
    VpcBlockPublicAccessOptions,
    VpcBlockPublicAccessExclusions,
    VpcEndpoints,
    LoadBalancers,
    ClassicLoadBalancers,
    Listeners,
    /// Listeners wrapped with the ARN of their load balancer.
    LoadBalancerListeners,
    LoadBalancerAttributes,
    TargetGroups,
    TargetGroupAttributes,
    /// Targets wrapped with the ARN of their group.
    TargetHealth,
    /// Attributes or targets of whatever a member beside them names.
    OfOneBalancer,
}

/// The answers that are read, by their key.
const MODELLED: &[(&str, Kind)] = &[
    ("Vpcs", Kind::Vpcs),
    ("Subnets", Kind::Subnets),
    ("NetworkInterfaces", Kind::NetworkInterfaces),
    ("Reservations", Kind::Reservations),
    ("SecurityGroups", Kind::SecurityGroups),
    ("SecurityGroupRules", Kind::SecurityGroupRules),
    ("NetworkAcls", Kind::NetworkAcls),
    ("RouteTables", Kind::RouteTables),
    ("InternetGateways", Kind::InternetGateways),
    ("EgressOnlyInternetGateways", Kind::EgressOnlyInternetGateways),
    ("NatGateways", Kind::NatGateways),
    ("Addresses", Kind::Addresses),
    ("VpcPeeringConnections", Kind::VpcPeeringConnections),
    ("PrefixLists", Kind::PrefixLists),
    ("ManagedPrefixLists", Kind::PrefixLists),
    ("Entries", Kind::PrefixListEntries),
    ("TransitGateways", Kind::TransitGateways),
    ("TransitGatewayAttachments", Kind::TransitGatewayAttachments),
    ("TransitGatewayVpcAttachments", Kind::TransitGatewayVpcAttachments),
    ("TransitGatewayPeeringAttachments", Kind::TransitGatewayPeeringAttachments),
    ("TransitGatewayConnects", Kind::TransitGatewayConnects),
    ("TransitGatewayRouteTables", Kind::TransitGatewayRouteTables),
    ("TransitGatewayAssociations", Kind::TransitGatewayAssociations),
    ("TransitGatewayPropagations", Kind::TransitGatewayPropagations),
    ("TransitGatewayStaticRoutes", Kind::TransitGatewayStaticRoutes),
    ("TransitGatewayRoutes", Kind::TransitGatewayStaticRoutes),
    ("Associations", Kind::Associations),
    ("TransitGatewayRouteTablePropagations", Kind::TransitGatewayRouteTablePropagations),
    ("TransitGatewayPrefixListReferences", Kind::TransitGatewayPrefixListReferences),
    ("Routes", Kind::Routes),
    ("VpnGateways", Kind::VpnGateways),
    ("VpnConnections", Kind::VpnConnections),
    ("CustomerGateways", Kind::CustomerGateways),
    ("virtualInterfaces", Kind::VirtualInterfaces),
    ("directConnectGateways", Kind::DirectConnectGateways),
    ("directConnectGatewayAssociations", Kind::DirectConnectGatewayAssociations),
    ("directConnectGatewayAttachments", Kind::DirectConnectGatewayAttachments),
    ("VpcBlockPublicAccessOptions", Kind::VpcBlockPublicAccessOptions),
    ("VpcBlockPublicAccessExclusions", Kind::VpcBlockPublicAccessExclusions),
    ("VpcEndpoints", Kind::VpcEndpoints),
    ("LoadBalancers", Kind::LoadBalancers),
    ("LoadBalancerDescriptions", Kind::ClassicLoadBalancers),
    ("Listeners", Kind::Listeners),
    ("LoadBalancerListeners", Kind::LoadBalancerListeners),
    ("LoadBalancerAttributes", Kind::LoadBalancerAttributes),
    ("TargetGroups", Kind::TargetGroups),
    ("TargetGroupAttributes", Kind::TargetGroupAttributes),
    ("LoadBalancerTargetHealth", Kind::TargetHealth),
    ("TargetHealthDescriptions", Kind::OfOneBalancer),
    ("Attributes", Kind::OfOneBalancer),
];

const TRANSIT: &str = "what they route is not examined";
const ROUTES_OPEN: &str = "routes to them are unresolved facts";
const INTERFACES_ANSWER: &str = "their interfaces answer, as `NetworkInterfaces` has them";
const NOT_APPLIED: &str = "what they filter is not examined";

/// Answers that describe something that matters to packets and is not modelled, with what follows.
const UNMODELLED: &[(&str, &str, &str)] = &[
    ("TransitGatewayPolicyTables", "transit gateway policy table", TRANSIT),
    ("TransitGatewayMulticastDomains", "multicast domain", TRANSIT),
    ("CarrierGateways", "carrier gateway", ROUTES_OPEN),
    ("LocalGateways", "local gateway", ROUTES_OPEN),
    ("CoreNetworks", "core network", ROUTES_OPEN),
    ("DBInstances", "database", INTERFACES_ANSWER),
    ("DBClusters", "database cluster", INTERFACES_ANSWER),
    ("DomainStatusList", "search domain", INTERFACES_ANSWER),
    ("ListenerRules", "listener with rules", "where rules send requests is not examined"),
    ("Firewalls", "network firewall", ROUTES_OPEN),
    ("FirewallPolicies", "network firewall policy", NOT_APPLIED),
    ("RuleGroups", "network firewall rule group", NOT_APPLIED),
];

/// Answers without any effect on packets, and what an answer carries besides.
const HARMLESS: &[&str] = &[
    "AvailabilityZones",
    "DhcpOptions",
    "FlowLogs",
    "Images",
    "InstanceStates",
    "InstanceTypes",
    "KeyPairs",
    "Regions",
    "ResponseMetadata",
    // Of load balancers that are proxies: which target gets which request.
    "Rules",
    "ServiceConfigurations",
    "ServiceDetails",
    "ServiceNames",
    "Snapshots",
    "TagDescriptions",
    "Tags",
    "Volumes",
    // Of Direct Connect: lines and places, not ways.
    "connections",
    "lags",
    "locations",
    "virtualGateways",
];

/// What a top-level key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An answer that is read.
    Modelled(Kind),
    /// An answer about things that are not modelled: what one is called, and what follows.
    Unmodelled(&'static str, &'static str),
    /// Nothing that concerns packets.
    Harmless,
    /// A key this reader does not know.
    Unknown,
}

/// Returns what a top-level key stands for.
pub(super) fn meaning(key: &str) -> Meaning {
    if let Some((_, kind)) = MODELLED.iter().find(|(name, _)| *name == key) {
        return Meaning::Modelled(*kind);
    }
    if let Some((_, noun, effect)) = UNMODELLED.iter().find(|(name, ..)| *name == key) {
        return Meaning::Unmodelled(noun, effect);
    }
    if HARMLESS.contains(&key) { Meaning::Harmless } else { Meaning::Unknown }
}
