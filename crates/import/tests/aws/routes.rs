//! VPCs, subnets and where routes lead.

use canreach_model::{ImpliedBy, Origin, PeeringStatus, RouteTarget};

use super::*;

#[test]
fn a_vpc_has_the_blocks_that_are_associated() {
    let Import { network, .. } = read(&base());
    let (_, front) = get!(network.vpcs, "vpc-a");
    let cidrs: Vec<_> = front.cidrs.iter().map(ToString::to_string).collect();
    assert_eq!(cidrs, ["10.1.0.0/16", "2001:db8:1::/56"], "10.9.0.0/16 is disassociated");
    assert_eq!(front.meta.label(), "front");
    assert_eq!(home(&front.meta), ("111122223333", "eu-west-1"));
    assert_eq!(network.route_tables[front.default_route_table].meta.id, "rtb-main-a");
}

#[test]
fn a_subnet_uses_its_own_table_or_the_main_one_and_its_own_acl_or_the_default_one() {
    let Import { network, .. } = read(&base());
    let uses = |id: &str| {
        let (_, subnet) = get!(network.subnets, id);
        let acl = subnet.network_acl.map(|acl| network.network_acls[acl].meta.id.clone());
        (network.route_tables[subnet.route_table].meta.id.clone(), acl.unwrap())
    };
    assert_eq!(uses("subnet-public"), ("rtb-public".into(), "acl-default-a".into()));
    assert_eq!(uses("subnet-private"), ("rtb-main-a".into(), "acl-default-a".into()));
    assert_eq!(uses("subnet-data"), ("rtb-main-b".into(), "acl-data".into()));
}

#[test]
fn routes_lead_where_their_key_says() {
    let Import { network, .. } = read(&base());
    assert_eq!(
        routes(&network, "rtb-main-a"),
        [
            "10.1.0.0/16 -> local",
            "2001:db8:1::/56 -> local",
            "0.0.0.0/0 -> nat-1",
            "10.2.0.0/16 -> pcx-1",
            "::/0 -> eigw-1",
        ]
    );
    assert_eq!(
        routes(&network, "rtb-public"),
        [
            "10.1.0.0/16 -> local",
            "0.0.0.0/0 -> igw-1",
            "10.8.0.0/16 -> blackhole",
            "10.7.0.0/16 -> if transit gateway `tgw-1`, whose attachment of `vpc-a` no answer describes in full, delivers the packet",
            "198.51.100.128/25 -> if VPC endpoint `vpce-1`, which no answer describes, delivers the packet",
            "203.0.113.192/26 -> if VPC endpoint `vpce-1`, which no answer describes, delivers the packet",
            "2001:db8:1::/56 -> local",
        ]
    );
}

#[test]
fn a_route_knows_its_line_and_an_expanded_one_its_two_lines() {
    let Import { network, .. } = read(&base());
    let (_, table) = get!(network.route_tables, "rtb-public");
    let origins: Vec<_> =
        table.routes.iter().map(|route| origin(&network, &route.origin)).collect();
    let igw = line_of("RouteTables", "\"GatewayId\": \"igw-1\",\n                    \"Origin\"");
    let store = line_of("RouteTables", "pl-store");
    // An entry of `Cidrs` is a text, not an object: its own line.
    let dump = base();
    let (_, lists) = dump.iter().find(|(path, _)| path.ends_with("/PrefixLists.json")).unwrap();
    let cidr = lists[..lists.find("198.51.100.128").unwrap()].matches('\n').count() + 1;
    assert_eq!(origins[1], format!("RouteTables.json:{igw}"));
    assert_eq!(
        origins[4],
        format!(
            "entry of prefix list `pl-store` (RouteTables.json:{store}, PrefixLists.json:{cidr})"
        )
    );
    assert_eq!(table.routes[6].origin, Origin::Implied(ImpliedBy::LocalRoute));
}

#[test]
fn an_internet_gateway_may_have_a_table_of_its_own() {
    let Import { network, .. } = read(&base());
    let (_, gateway) = get!(network.internet_gateways, "igw-1");
    assert_eq!(network.vpcs[gateway.vpc.unwrap()].meta.id, "vpc-a");
    assert!(!gateway.egress_only);
    assert_eq!(network.route_tables[gateway.route_table.unwrap()].meta.id, "rtb-edge");
    let (_, gateway) = get!(network.internet_gateways, "eigw-1");
    assert_eq!(network.vpcs[gateway.vpc.unwrap()].meta.id, "vpc-a");
    assert!(gateway.egress_only && gateway.route_table.is_none());
}

#[test]
fn a_route_to_a_block_beats_one_to_a_prefix_list_and_that_one_a_propagated_one() {
    let store = "\"DestinationPrefixListId\": \"pl-store\"";
    let block = "\"DestinationCidrBlock\": \"198.51.100.128/25\"";
    let to = format!(
        r#"{block}, "NatGatewayId": "nat-1", "Origin": "CreateRoute", "State": "active" }},
           {{ "DestinationCidrBlock": "203.0.113.192/26", "GatewayId": "vgw-1",
              "Origin": "EnableVgwRoutePropagation", "State": "active" }},
           {{ "DestinationCidrBlock": "10.7.0.0/16", "GatewayId": "vgw-1",
              "Origin": "EnableVgwRoutePropagation", "State": "active" }},
           {{ {store}"#
    );
    let Import { network, .. } = read(&changed("RouteTables", store, &to));
    let routes = routes(&network, "rtb-public");
    for expected in [
        "198.51.100.128/25 -> nat-1",
        "203.0.113.192/26 -> if VPC endpoint `vpce-1`, which no answer describes, delivers the packet",
        "10.7.0.0/16 -> if transit gateway `tgw-1`, whose attachment of `vpc-a` no answer describes in full, delivers the packet",
    ] {
        assert!(routes.contains(&expected.to_owned()), "{expected}: {routes:?}");
    }
    let mut destinations: Vec<_> = get!(network.route_tables, "rtb-public").1.routes.clone();
    destinations.sort_by_key(|route| route.destination);
    destinations.dedup_by_key(|route| route.destination);
    let all = get!(network.route_tables, "rtb-public").1.routes.len();
    assert_eq!(destinations.len(), all, "no two routes have one destination");
}

#[test]
fn two_prefix_lists_with_one_block_and_two_targets_leave_the_route_open() {
    let office = r#""GatewayId": "vpce-1", "Origin": "CreateRoute", "State": "active" },
        { "DestinationPrefixListId": "pl-twin", "TransitGatewayId": "tgw-1""#;
    let mut dump = changed("RouteTables", "\"GatewayId\": \"vpce-1\"", office);
    let twin = r#"{"PrefixLists": [{"PrefixListId": "pl-twin", "Cidrs": ["203.0.113.192/26"]}]}"#;
    dump.push(("dump/Twin.json".into(), twin.into()));
    let Import { network, .. } = read(&dump);
    let open = "203.0.113.192/26 -> if the route of `rtb-public` to 203.0.113.192/26 that AWS picks \
                of several delivers the packet";
    assert!(routes(&network, "rtb-public").contains(&open.to_owned()));
}

#[test]
fn a_prefix_list_that_is_not_listed_leaves_every_route_open_that_it_could_beat() {
    // To an endpoint of a gateway, only public addresses are in question: 10.7.0.0/16 is not.
    let mut dump = changed("PrefixLists", "pl-store", "pl-other");
    let Import { network, .. } = read(&dump);
    let open =
        "if the packet is delivered, whether or not prefix list `pl-store` holds its destination";
    assert_eq!(
        routes(&network, "rtb-public"),
        [
            "10.1.0.0/16 -> local".to_owned(),
            format!("0.0.0.0/0 -> {open}"),
            "10.8.0.0/16 -> blackhole".to_owned(),
            "10.7.0.0/16 -> if transit gateway `tgw-1`, whose attachment of `vpc-a` no answer describes in full, delivers the packet".to_owned(),
            "2001:db8:1::/56 -> local".to_owned(),
            format!("::/0 -> {open}"),
        ]
    );
    // To anything else, every route but the local ones is.
    let (_, tables) = dump.iter_mut().find(|(path, _)| path.ends_with("RouteTables.json")).unwrap();
    *tables = tables.replace("\"GatewayId\": \"vpce-1\"", "\"TransitGatewayId\": \"tgw-2\"");
    let Import { network, .. } = read(&dump);
    assert_eq!(
        routes(&network, "rtb-public"),
        [
            "10.1.0.0/16 -> local".to_owned(),
            format!("0.0.0.0/0 -> {open}"),
            format!("10.8.0.0/16 -> {open}"),
            format!("10.7.0.0/16 -> {open}"),
            "2001:db8:1::/56 -> local".to_owned(),
            format!("::/0 -> {open}"),
        ]
    );
}

#[test]
fn every_other_target_is_a_fact_that_names_it() {
    let target = "\"TransitGatewayId\": \"tgw-1\",\n                    \"Origin\": \"CreateRoute\",\n                    \"State\": \"active\"";
    for (key, named) in [
        (
            "\"GatewayId\": \"vgw-1\"",
            "virtual private gateway `vgw-1`, of which no answer describes a connection,",
        ),
        ("\"GatewayId\": \"vpce-2\"", "VPC endpoint `vpce-2`, which no answer describes,"),
        (
            "\"NetworkInterfaceId\": \"eni-9\", \"InstanceId\": \"i-9\"",
            "interface `eni-9`, which no answer describes,",
        ),
        ("\"InstanceId\": \"i-9\"", "instance `i-9`, whose primary interface no answer describes,"),
        ("\"CarrierGatewayId\": \"cagw-1\"", "carrier gateway `cagw-1`"),
        ("\"LocalGatewayId\": \"lgw-1\"", "local gateway `lgw-1`"),
        ("\"CoreNetworkArn\": \"arn:x\"", "core network `arn:x`"),
        ("\"GatewayId\": \"igw-9\"", "Internet gateway `igw-9`, which no answer describes,"),
        (
            "\"NatGatewayId\": \"nat-9\"",
            "NAT gateway `nat-9`, which no answer describes as available,",
        ),
        (
            "\"VpcPeeringConnectionId\": \"pcx-9\"",
            "peering `pcx-9`, which is not described in full,",
        ),
    ] {
        let dump = changed("RouteTables", target, &format!("{key}, \"State\": \"active\""));
        let Import { network, .. } = read(&dump);
        let expected = format!("10.7.0.0/16 -> if {named} delivers the packet");
        let routes = routes(&network, "rtb-public");
        assert!(routes.contains(&expected), "{expected}: {routes:?}");
    }
}

#[test]
fn a_route_in_an_unknown_state_is_open() {
    let state = "\"VpcPeeringConnectionId\": \"pcx-1\",\n                    \"Origin\": \"CreateRoute\",\n                    \"State\": \"";
    let dump = base();
    let (_, tables) = dump.iter().find(|(path, _)| path.ends_with("RouteTables.json")).unwrap();
    let tables = tables.replacen(&format!("{state}active"), &format!("{state}filtered"), 1);
    let mut dump = without("RouteTables");
    dump.push(("dump/RouteTables.json".into(), tables));
    let Import { network, .. } = read(&dump);
    let expected = "10.2.0.0/16 -> if a route in a state that is not known delivers the packet to peering `pcx-1`";
    assert!(routes(&network, "rtb-main-a").contains(&expected.to_owned()));
}

#[test]
fn a_peering_has_its_sides_and_status() {
    for (code, status) in [
        ("active", PeeringStatus::Active),
        ("pending-acceptance", PeeringStatus::PendingAcceptance),
        ("initiating-request", PeeringStatus::PendingAcceptance),
        ("provisioning", PeeringStatus::PendingAcceptance),
        ("rejected", PeeringStatus::Rejected),
        ("expired", PeeringStatus::Expired),
        ("failed", PeeringStatus::Gone),
        ("deleted", PeeringStatus::Gone),
    ] {
        let code = format!("\"Code\": \"{code}\"");
        let Import { network, .. } =
            read(&changed("VpcPeeringConnections", "\"Code\": \"active\"", &code));
        let (_, peering) = get!(network.peerings, "pcx-1");
        assert_eq!(peering.status, status, "{code}");
        assert_eq!(network.vpcs[peering.requester].meta.id, "vpc-a");
        assert_eq!(network.vpcs[peering.accepter].meta.id, "vpc-b");
        assert_eq!(ids!(network.peerings), ["pcx-1"], "pcx-0 is deleted, and no route leads to it");
    }
}

#[test]
fn a_peering_with_a_side_elsewhere_is_open_if_active_and_a_black_hole_if_not() {
    let dump = changed("VpcPeeringConnections", "\"VpcId\": \"vpc-b\"", "\"VpcId\": \"vpc-far\"");
    let Import { network, .. } = read(&dump);
    let open =
        "10.2.0.0/16 -> if peering `pcx-1`, which is not described in full, delivers the packet";
    assert!(routes(&network, "rtb-main-a").contains(&open.to_owned()));
    let mut facts = network.facts.iter();
    let settled = facts.find(|(_, fact)| fact.statement.contains("pcx-1")).unwrap().1;
    assert_eq!(settled.settled_by, "give a dump that tells `vpc-far` of this peering");

    let (path, text) = &dump[14];
    assert!(path.ends_with("VpcPeeringConnections.json"));
    let text = text.replace("\"Code\": \"active\"", "\"Code\": \"expired\"");
    let mut dump = without("VpcPeeringConnections");
    dump.push(("dump/VpcPeeringConnections.json".into(), text));
    let Import { network, .. } = read(&dump);
    assert!(routes(&network, "rtb-main-a").contains(&"10.2.0.0/16 -> blackhole".to_owned()));
}

#[test]
fn a_vpc_may_have_an_internet_gateway_where_no_answer_lists_them() {
    // Without the answer nothing says that a VPC has none, and packets could come in through it.
    let Import { network, .. } = read(&without("InternetGateways"));
    for (vpc, described) in network.vpcs.iter() {
        let id = &described.meta.id;
        let name = format!("{id}/undescribed-internet-gateway");
        let (_, gateway) = get!(network.internet_gateways, name);
        assert_eq!((gateway.vpc, gateway.egress_only), (Some(vpc), false));
        let routes = &network.route_tables[gateway.route_table.unwrap()].routes;
        assert_eq!(routes.len(), 2, "one for each family");
        for route in routes {
            let RouteTarget::Unresolved(fact) = route.target else { panic!("{:?}", route.target) };
            assert_eq!(
                network.facts[fact].statement,
                format!(
                    "an Internet gateway of `{id}`, which no answer describes, lets the packet in"
                )
            );
        }
    }
    // Where they are listed, a VPC without one has none.
    let Import { network, .. } = read(&base());
    assert_eq!(ids!(network.internet_gateways), ["eigw-1", "igw-1"]);
}
