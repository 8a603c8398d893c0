//! Where each kind of object stands in the sample, so that all its keys are seen at one of its places.

use super::super::{
    about::{self, ABOUT},
    balancers, cloud_firewalls,
    fields::Keys,
    host_firewalls, hosts, objects, parameters, record, routes, rules, transit, values, windows,
};

/// What begins the paths of the sample that records another file.
pub(super) const RECORD: &str = "record:";

/// The keys that every object may have.
const ABOUT_KEYS: Keys =
    Keys { what: "what an object says about itself", known: &ABOUT, instead: &[] };

/// Every mapping of the notation, with the places of the samples where it is written.
pub(super) const OBJECTS: &[(&Keys, &[&str])] = &[
    (&objects::FILE, &["", "record:"]),
    (&ABOUT_KEYS, &["record:vpcs/v"]),
    (&about::IMPLIED, &["record:vpcs/w/origin"]),
    (&about::DERIVED, &["record:vpcs/u/origin"]),
    (&record::SOURCE, &["record:sources/0"]),
    (&record::FACT, &["record:facts/f"]),
    (&record::ASSUMPTION, &["record:assumptions/0"]),
    (&parameters::SETTINGS, &["settings"]),
    (&parameters::OWN_SETTINGS, &["record:vpcs/v/settings"]),
    (&parameters::OPEN_SETTING, &["record:vpcs/v/settings/default_priority"]),
    (&parameters::PARAMETERS, &["record:vpcs/v/parameters"]),
    (&parameters::SECURITY_GROUP, &["record:vpcs/v/parameters/security_group"]),
    (&parameters::NETWORK_ACL, &["record:vpcs/v/parameters/network_acl"]),
    (&parameters::ROUTING, &["record:vpcs/v/parameters/routing"]),
    (&parameters::PEERING, &["record:vpcs/v/parameters/peering"]),
    (&parameters::TRANSLATION, &["record:vpcs/v/parameters/translation"]),
    (&parameters::HIGH_RISK_PORTS, &["record:vpcs/v/parameters/high_risk_ports/0"]),
    (&parameters::EXEMPTION, &["record:vpcs/v/parameters/security_group/exempt/0"]),
    (&objects::ENTRY, &["record:address_groups/office/entries/0"]),
    (&rules::RECORDED, &["record:network_acls/acl/ingress/0", "record:network_acls/acl/ingress/1"]),
    (&objects::VPC, &["vpcs/v", "vpcs/w", "record:vpcs/v", "record:vpcs/w"]),
    (&objects::SUBNET, &["subnets/s", "subnets/t"]),
    (
        &routes::ROUTE_TABLE,
        &["route_tables/main", "route_tables/default", "record:route_tables/default"],
    ),
    (
        &routes::ROUTE,
        &[
            "route_tables/main/routes/0",
            "route_tables/main/routes/1",
            "route_tables/main/routes/2",
            "route_tables/main/routes/3",
            "route_tables/main/routes/4",
            "route_tables/main/routes/5",
            "route_tables/main/routes/6",
            "route_tables/main/routes/7",
            "route_tables/main/routes/8",
            "record:route_tables/default/routes/0",
            "record:route_tables/default/routes/1",
        ],
    ),
    (&rules::NETWORK_ACL, &["network_acls/acl"]),
    (
        &rules::ACL_RULE,
        &[
            "network_acls/acl/ingress/0",
            "network_acls/acl/ingress/1",
            "record:network_acls/acl/ingress/0",
        ],
    ),
    (&rules::SECURITY_GROUP, &["security_groups/g"]),
    (
        &rules::INGRESS,
        &[
            "security_groups/g/ingress/0",
            "security_groups/g/ingress/1",
            "record:security_groups/g/ingress/0",
        ],
    ),
    (
        &rules::EGRESS,
        &[
            "security_groups/g/egress/0",
            "security_groups/g/egress/1",
            "record:security_groups/g/egress/0",
        ],
    ),
    (
        &values::END,
        &["security_groups/g/ingress/1/source", "security_groups/g/egress/1/destination"],
    ),
    (&objects::ADDRESS_GROUP, &["address_groups/office"]),
    (
        &hosts::INSTANCE,
        &["instances/web", "instances/win", "instances/router", "record:instances/win"],
    ),
    (&hosts::INSTANCE_INTERFACE, &["instances/web/interfaces/0", "instances/win/interfaces/0"]),
    (
        &hosts::SERVICE,
        &[
            "instances/web/services/0",
            "instances/web/services/1",
            "record:instances/web/services/0",
        ],
    ),
    (&hosts::HOST_ROUTE, &["instances/web/routes/0", "record:instances/web/routes/0"]),
    (
        &host_firewalls::FIREWALL,
        &["instances/web/firewall", "instances/win/firewall", "record:instances/web/firewall"],
    ),
    (
        &host_firewalls::CHAIN,
        &[
            "instances/web/firewall/chains/0",
            "instances/web/firewall/chains/1",
            "record:instances/web/firewall/chains/0",
        ],
    ),
    (
        &host_firewalls::CHAIN_RULE,
        &[
            "instances/web/firewall/chains/0/rules/0",
            "instances/web/firewall/chains/0/rules/1",
            "instances/web/firewall/chains/0/rules/2",
            "instances/web/firewall/chains/2/rules/0",
            "record:instances/web/firewall/chains/0/rules/0",
        ],
    ),
    (
        &host_firewalls::VERDICT,
        &[
            "instances/web/firewall/chains/0/rules/1/verdict",
            "instances/web/firewall/chains/0/rules/2/verdict",
        ],
    ),
    (&windows::WINDOWS, &["instances/win/firewall/windows"]),
    (
        &windows::WINDOWS_RULE,
        &[
            "instances/win/firewall/windows/rules/0",
            "instances/win/firewall/windows/rules/1",
            "record:instances/win/firewall/windows/rules/0",
        ],
    ),
    (
        &hosts::INTERFACE,
        &[
            "interfaces/spare",
            "interfaces/loose",
            "interfaces/hub-port",
            "record:interfaces/balancer",
            "record:interfaces/front",
        ],
    ),
    (&objects::PEERING, &["peerings/vw"]),
    (&objects::INTERNET_GATEWAY, &["internet_gateways/igw"]),
    (
        &objects::PUBLIC_ADDRESS,
        &[
            "public_addresses/one",
            "public_addresses/two",
            "public_addresses/three",
            "record:public_addresses/gone",
        ],
    ),
    (&hosts::NAT_GATEWAY, &["nat_gateways/nat", "nat_gateways/inside", "record:nat_gateways/nat"]),
    (
        &hosts::SNAT,
        &["nat_gateways/nat/snat/0", "nat_gateways/nat/snat/1", "record:nat_gateways/edge/snat/0"],
    ),
    (&hosts::DNAT, &["nat_gateways/nat/dnat/0", "record:nat_gateways/edge/dnat/0"]),
    (&cloud_firewalls::CLOUD_FIREWALL, &["cloud_firewalls/cfw", "record:cloud_firewalls/cfw"]),
    (&cloud_firewalls::BORDER, &["cloud_firewalls/cfw/internet", "cloud_firewalls/cfw/nat"]),
    (&cloud_firewalls::VPC_BORDER, &["cloud_firewalls/cfw/vpc"]),
    (
        &cloud_firewalls::BORDER_RULE,
        &[
            "cloud_firewalls/cfw/internet/inbound/0",
            "cloud_firewalls/cfw/internet/inbound/1",
            "cloud_firewalls/cfw/internet/outbound/0",
            "record:cloud_firewalls/cfw/internet/inbound/0",
        ],
    ),
    (
        &cloud_firewalls::LISTED,
        &[
            "cloud_firewalls/cfw/internet/white_list/0",
            "cloud_firewalls/cfw/internet/white_list/1",
            "record:cloud_firewalls/cfw/internet/white_list/0",
        ],
    ),
    (&transit::TRANSIT_GATEWAY, &["transit_gateways/hub", "transit_gateways/far"]),
    (
        &transit::TRANSIT_ATTACHMENT,
        &[
            "transit_attachments/v-hub",
            "transit_attachments/office-hub",
            "transit_attachments/hub-far",
            "record:transit_attachments/odd",
        ],
    ),
    (&transit::TRANSIT_ROUTE_TABLE, &["transit_route_tables/hub-main"]),
    (
        &transit::TRANSIT_ROUTE,
        &[
            "transit_route_tables/hub-main/routes/0",
            "transit_route_tables/hub-main/routes/1",
            "record:transit_route_tables/main/routes/0",
        ],
    ),
    (&transit::CONNECTION, &["connections/vpn", "connections/line"]),
    (&transit::REMOTE_NETWORK, &["remote_networks/office", "remote_networks/plant"]),
    (&balancers::LOAD_BALANCER, &["load_balancers/lb"]),
    (&balancers::BALANCER_INTERFACE, &["load_balancers/lb/interfaces/0"]),
    (
        &balancers::LISTENER,
        &[
            "load_balancers/lb/listeners/0",
            "load_balancers/lb/listeners/1",
            "load_balancers/lb/listeners/2",
            "record:load_balancers/lb/listeners/0",
            "record:load_balancers/lb/listeners/1",
        ],
    ),
    (
        &balancers::TARGET,
        &[
            "load_balancers/lb/listeners/0/targets/0",
            "load_balancers/lb/listeners/0/targets/1",
            "record:load_balancers/lb/listeners/0/targets/0",
        ],
    ),
    (
        &balancers::ACCESS,
        &[
            "load_balancers/lb/listeners/0/access",
            "load_balancers/lb/listeners/1/access",
            "load_balancers/lb/listeners/3/access",
        ],
    ),
    (
        &balancers::ACCESS_RULE,
        &[
            "load_balancers/lb/listeners/3/access/rules/0",
            "record:load_balancers/lb/listeners/0/access/rules/0",
        ],
    ),
    (&balancers::VIRTUAL_ADDRESS, &["virtual_addresses/vip"]),
    (&balancers::GATEWAY_ENDPOINT, &["gateway_endpoints/storage"]),
    (&balancers::ENDPOINT, &["endpoints/kms"]),
    (&objects::OUTSIDE_NETWORK, &["outside_networks/head-office"]),
];

/// The sources of this reader, to see that no mapping is forgotten above.
pub(super) const SOURCES: [&str; 14] = [
    include_str!("../about.rs"),
    include_str!("../balancers.rs"),
    include_str!("../cloud_firewalls.rs"),
    include_str!("../host_firewalls.rs"),
    include_str!("../hosts.rs"),
    include_str!("../objects.rs"),
    include_str!("../parameters.rs"),
    include_str!("../record.rs"),
    include_str!("../routes.rs"),
    include_str!("../rules.rs"),
    include_str!("../sections.rs"),
    include_str!("../transit.rs"),
    include_str!("../values.rs"),
    include_str!("../windows.rs"),
];

/// The keys whose values are names of objects.
pub(super) const REFERENCES: [&str; 41] = [
    "accepter",
    "address_group",
    "appliance",
    "attachment",
    "connection",
    "default_route_table",
    "firewall",
    "gateway_endpoint",
    "goto",
    "input",
    "instance",
    "interface",
    "interfaces",
    "internet_gateway",
    "jump",
    "load_balancer",
    "nat_gateway",
    "network_acl",
    "nodes",
    "output",
    "peer",
    "peering",
    "propagations",
    "remote_network",
    "requester",
    "route_table",
    "security_group",
    "security_groups",
    "subnet",
    "subnets",
    "transit_gateway",
    "transit_route_table",
    "unlisted",
    "unmodelled",
    "virtual_address",
    "vpc",
    "vpcs",
    "virtual_addresses",
    "transit_attachments",
    "connections",
    "unresolved",
];

/// The keys whose values are texts of any kind.
pub(super) const TEXTS: [&str; 13] = [
    "account",
    "aliases",
    "application",
    "derived",
    "domain",
    "id",
    "name",
    "path",
    "recorded",
    "region",
    "settled_by",
    "statement",
    "zone",
];
