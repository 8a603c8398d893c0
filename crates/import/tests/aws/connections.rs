//! VPN and Direct Connect: connections, the networks behind them, and routes to private gateways.

use canreach_model::{AttachedTo, ConnectionKind, TransitTarget};

use super::{transit::transit_routes, *};

/// A VPC with a VPN that has static routes, and one by BGP that nothing is routed to.
const OFFICE: &str = r#"{
"Vpcs": [{"VpcId": "vpc-a", "CidrBlock": "10.1.0.0/16"}],
"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a", "CidrBlock": "10.1.1.0/24", "AvailabilityZone": "us-east-1a"}],
"RouteTables": [
  {"RouteTableId": "rtb-a", "VpcId": "vpc-a", "Associations": [{"Main": true}], "PropagatingVgws": [], "Routes": [
    {"DestinationCidrBlock": "192.168.0.0/16", "GatewayId": "vgw-1", "State": "active", "Origin": "CreateRoute"},
    {"DestinationCidrBlock": "192.168.7.0/24", "GatewayId": "vgw-1", "State": "active", "Origin": "EnableVgwRoutePropagation"}]},
  {"RouteTableId": "rtb-edge", "VpcId": "vpc-a", "Associations": [{"GatewayId": "vgw-1"}], "Routes": []}],
"InternetGateways": [], "NetworkInterfaces": [], "virtualInterfaces": [], "directConnectGatewayAssociations": [],
"VpnGateways": [{"VpnGatewayId": "vgw-1", "State": "available", "VpcAttachments": [{"State": "attached", "VpcId": "vpc-a"}]}],
"CustomerGateways": [{"CustomerGatewayId": "cgw-1", "State": "available", "IpAddress": "198.51.100.1",
  "Tags": [{"Key": "Name", "Value": "office"}]}],
"VpnConnections": [{"VpnConnectionId": "vpn-1", "State": "available", "VpnGatewayId": "vgw-1", "CustomerGatewayId": "cgw-1",
  "Options": {"StaticRoutesOnly": true},
  "Routes": [{"DestinationCidrBlock": "192.168.0.0/20", "State": "available"},
             {"DestinationCidrBlock": "172.16.0.0/12", "State": "deleted"}],
  "VgwTelemetry": [{"Status": "UP"}, {"Status": "DOWN"}]}]
}"#;

fn office(changes: &[(&str, &str)]) -> Dump {
    let mut text = OFFICE.to_owned();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "`{from}`");
        text = text.replace(from, to);
    }
    vec![(String::from("dump/office.json"), text)]
}

const BGP: (&str, &str) = (
    "\"StaticRoutesOnly\": true},\n  \"Routes\": [{\"DestinationCidrBlock\": \"192.168.0.0/20\", \"State\": \"available\"}",
    "\"StaticRoutesOnly\": false},\n  \"Routes\": [{\"DestinationCidrBlock\": \"192.168.0.0/20\", \"State\": \"deleted\"}",
);
const PROPAGATING: (&str, &str) =
    ("\"PropagatingVgws\": []", "\"PropagatingVgws\": [{\"GatewayId\": \"vgw-1\"}]");

fn behind(network: &Network, remote: &str) -> Vec<String> {
    let (_, remote) = get!(network.remote_networks, remote);
    remote.cidrs.iter().map(ToString::to_string).collect()
}

#[test]
fn a_vpn_with_static_routes_is_followed_to_the_network_behind_it() {
    let import = read(&office(&[]));
    let network = &import.network;
    assert_eq!(unread(&import), Vec::<String>::new());
    let (_, vpn) = get!(network.connections, "vpn-1");
    assert_eq!(vpn.kind, ConnectionKind::Vpn);
    assert!(vpn.up, "one of its tunnels is");
    assert_eq!(network.vpcs[vpn.vpc.unwrap()].meta.id, "vpc-a");
    assert_eq!(vpn.advertised, network.vpcs[vpn.vpc.unwrap()].cidrs);
    assert_eq!(network.route_tables[vpn.route_table.unwrap()].meta.id, "rtb-edge");
    assert_eq!(network.remote_networks[vpn.remote].meta.label(), "office");
    assert_eq!(behind(network, "cgw-1"), ["192.168.0.0/20"]);
    assert_eq!(
        &routes(network, "rtb-a")[..2],
        ["192.168.0.0/16 -> vpn-1", "192.168.7.0/24 -> vpn-1"],
        "what is not behind it, the gateway drops"
    );
    let mut open = facts(network).into_iter();
    assert!(open.all(|one| one.starts_with("the network ACL of")), "nothing else is open");
    assert_eq!(
        assumptions(network),
        [
            "`cgw-1` sends what is for a block of the cloud through a connection that routes it there"
        ]
    );
}

#[test]
fn a_vpn_is_down_if_every_tunnel_was_or_it_is_not_available_and_gone_if_deleted() {
    let down = [("\"Status\": \"UP\"", "\"Status\": \"DOWN\"")];
    let Import { network, .. } = read(&office(&down));
    assert!(!get!(network.connections, "vpn-1").1.up);
    assert!(
        assumptions(&network)
            .contains(&"`vpn-1`, whose tunnels were all down when it was dumped, carries nothing")
    );
    let untold = [("[{\"Status\": \"UP\"}, {\"Status\": \"DOWN\"}]", "[]")];
    let Import { network, .. } = read(&office(&untold));
    assert!(get!(network.connections, "vpn-1").1.up);
    let state = "\"VpnConnectionId\": \"vpn-1\", \"State\": \"";
    let pending = [(&*format!("{state}available"), &*format!("{state}pending"))];
    let Import { network, .. } = read(&office(&pending));
    assert!(!get!(network.connections, "vpn-1").1.up);
    let deleted = [(&*format!("{state}available"), &*format!("{state}deleted"))];
    let Import { network, .. } = read(&office(&deleted));
    assert!(network.connections.is_empty());
    assert_eq!(routes(&network, "rtb-a")[0], "192.168.0.0/16 -> blackhole", "nothing ends there");
}

#[test]
fn prefixes_learned_by_bgp_are_known_as_far_as_they_are_propagated() {
    let open =
        "if virtual private gateway `vgw-1`, whose routes no answer lists, delivers the packet";
    let Import { network, .. } = read(&office(&[BGP]));
    assert_eq!(
        &routes(&network, "rtb-a")[..2],
        [format!("192.168.0.0/16 -> {open}"), "192.168.7.0/24 -> vpn-1".to_owned()]
    );
    assert_eq!(behind(&network, "cgw-1"), ["192.168.7.0/24"]);
    // A table that takes the gateway's routes has all of them.
    let Import { network, .. } = read(&office(&[BGP, PROPAGATING]));
    assert_eq!(routes(&network, "rtb-a")[0], "192.168.0.0/16 -> vpn-1");
}

#[test]
fn a_propagated_route_inside_a_block_of_the_vpc_yields_to_the_local_one() {
    // AWS Site-to-Site VPN guide: the local route is preferred even if the propagated ones are more specific.
    let inside = [(
        "\"DestinationCidrBlock\": \"192.168.7.0/24\"",
        "\"DestinationCidrBlock\": \"10.1.7.0/24\"",
    )];
    let Import { network, .. } = read(&office(&inside));
    assert_eq!(routes(&network, "rtb-a"), ["192.168.0.0/16 -> vpn-1", "10.1.0.0/16 -> local"]);
}

#[test]
fn a_vpn_that_has_learned_no_route_has_nothing_behind_it() {
    let tunnels = "\"VgwTelemetry\": [{\"Status\": \"UP\"}, {\"Status\": \"DOWN\"}]";
    let none = "\"VgwTelemetry\": [{\"Status\": \"UP\", \"AcceptedRouteCount\": 0}, {\"AcceptedRouteCount\": 0}]";
    let Import { network, .. } = read(&office(&[BGP, (tunnels, none)]));
    assert_eq!(routes(&network, "rtb-a")[0], "192.168.0.0/16 -> vpn-1");
    let some = none.replacen('0', "3", 1);
    let Import { network, .. } = read(&office(&[BGP, (tunnels, &some)]));
    assert!(routes(&network, "rtb-a")[0].contains("whose routes no answer lists"));
}

#[test]
fn a_default_route_is_no_block_of_a_network() {
    let everywhere = [(
        "\"DestinationCidrBlock\": \"192.168.0.0/20\"",
        "\"DestinationCidrBlock\": \"0.0.0.0/0\"",
    )];
    let Import { network, .. } = read(&office(&everywhere));
    assert_eq!(behind(&network, "cgw-1"), Vec::<String>::new());
    assert!(
        routes(&network, "rtb-a")[0].starts_with("192.168.0.0/16 -> if virtual private gateway")
    );
}

#[test]
fn of_several_connections_the_one_whose_prefix_holds_the_destination_is_taken() {
    let second = r#""VpnConnections": [{"VpnConnectionId": "vpn-2", "State": "available", "VpnGatewayId": "vgw-1",
        "CustomerGatewayId": "cgw-2", "Options": {"StaticRoutesOnly": true},
        "Routes": [{"DestinationCidrBlock": "192.168.16.0/20", "State": "available"}]},"#;
    let Import { network, .. } = read(&office(&[("\"VpnConnections\": [", second)]));
    assert_eq!(ids!(network.remote_networks), ["cgw-1", "cgw-2"]);
    let found = routes(&network, "rtb-a");
    assert!(found[0].starts_with("192.168.0.0/16 -> if virtual"), "in part by each: {found:?}");
    assert_eq!(found[1], "192.168.7.0/24 -> vpn-1");
    // If the other one learns routes by BGP, it may have learned this one.
    let bgp = second.replace("\"StaticRoutesOnly\": true", "\"StaticRoutesOnly\": false");
    let Import { network, .. } = read(&office(&[("\"VpnConnections\": [", &bgp)]));
    assert!(routes(&network, "rtb-a")[1].starts_with("192.168.7.0/24 -> if virtual"));
}

#[test]
fn a_gateway_of_which_no_answer_tells_the_connections_is_open() {
    let Import { network, .. } = read(&office(&[("\"VpnConnections\":", "\"Regions\":")]));
    assert_eq!(
        routes(&network, "rtb-a")[0],
        "192.168.0.0/16 -> if virtual private gateway `vgw-1`, of which no answer describes a connection, delivers the packet"
    );
    // Nothing was said of Direct Connect.
    let Import { network, .. } = read(&office(&[("\"virtualInterfaces\":", "\"lags\":")]));
    assert!(assumptions(&network).contains(
        &"no Direct Connect virtual interface, of which no answer was given, ends at `vgw-1`"
    ));
}

#[test]
fn a_virtual_interface_of_direct_connect_is_a_connection() {
    let interfaces = r#""virtualInterfaces": [{"virtualInterfaceId": "dxvif-1", "virtualInterfaceState": "available",
        "virtualInterfaceType": "private", "virtualGatewayId": "vgw-1", "region": "us-east-1",
        "bgpPeers": [{"bgpStatus": "up"}]}]"#;
    let changes = [
        ("\"virtualInterfaces\": []", interfaces),
        ("\"VpnConnections\":", "\"Regions\":"),
        PROPAGATING,
    ];
    let Import { network, .. } = read(&office(&changes));
    let (_, line) = get!(network.connections, "dxvif-1/vgw-1");
    assert_eq!((line.kind, line.up), (ConnectionKind::DirectConnect, true));
    assert_eq!(behind(&network, "dxvif-1/remote"), ["192.168.7.0/24"]);
    assert_eq!(routes(&network, "rtb-a")[0], "192.168.0.0/16 -> dxvif-1/vgw-1");
    let interfaces = interfaces.replace("\"up\"", "\"down\"");
    let changes =
        [("\"virtualInterfaces\": []", &*interfaces), ("\"VpnConnections\":", "\"Regions\":")];
    let Import { network, .. } = read(&office(&changes));
    assert!(!get!(network.connections, "dxvif-1/vgw-1").1.up);
}

#[test]
fn a_direct_connect_gateway_tells_the_network_behind_what_is_allowed() {
    let associations = r#""directConnectGatewayAssociations": [{"directConnectGatewayId": "dx-1",
        "associationState": "associated", "associationId": "assoc-1",
        "associatedGateway": {"id": "vgw-1", "type": "virtualPrivateGateway"},
        "allowedPrefixesToDirectConnectGateway": [{"cidr": "10.1.0.0/17"}]}]"#;
    let changes = [
        ("\"directConnectGatewayAssociations\": []", associations),
        ("\"VpnConnections\":", "\"Regions\":"),
    ];
    let Import { network, .. } = read(&office(&changes));
    let (_, line) = get!(network.connections, "dx-1/vgw-1");
    let told: Vec<_> = line.advertised.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["10.1.0.0/17"]);
}

/// A gateway with the VPC and a VPN attached, and what a search for its routes finds.
const TRANSIT: &str = r#"{
"TransitGateways": [{"TransitGatewayId": "tgw-1", "State": "available"}],
"TransitGatewayAttachments": [
  {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-a",
   "State": "available", "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}},
  {"TransitGatewayAttachmentId": "att-vpn", "TransitGatewayId": "tgw-1", "ResourceType": "vpn", "ResourceId": "vpn-1",
   "State": "available", "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}}],
"TransitGatewayVpcAttachments": [
  {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "VpcId": "vpc-a", "State": "available",
   "SubnetIds": ["subnet-a"], "Options": {}}],
"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1", "State": "available"}],
"TransitGatewayRouteTableId": "tgw-rtb-1",
"TransitGatewayRouteTablePropagations": [
  {"TransitGatewayAttachmentId": "att-a", "State": "enabled"}, {"TransitGatewayAttachmentId": "att-vpn", "State": "enabled"}],
"Routes": [
  {"DestinationCidrBlock": "10.0.0.0/8", "Type": "propagated", "State": "active",
   "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-vpn"}]},
  {"DestinationCidrBlock": "10.1.0.0/16", "Type": "propagated", "State": "active",
   "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-a"}]},
  {"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "active",
   "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-vpn"}]}]
}"#;

fn with_transit(transit: String) -> Dump {
    let mut dump = office(&[
        ("\"VpnGatewayId\": \"vgw-1\", \"CustomerGatewayId\"", "\"CustomerGatewayId\""),
        BGP,
    ]);
    dump.push((String::from("dump/transit.json"), transit));
    dump
}

#[test]
fn a_vpn_at_a_transit_gateway_has_what_is_routed_to_it_but_not_the_blocks_of_the_cloud() {
    let Import { network, .. } = read(&with_transit(TRANSIT.to_owned()));
    let (key, vpn) = get!(network.connections, "vpn-1");
    assert_eq!(vpn.vpc, None);
    assert_eq!(get!(network.transit_attachments, "att-vpn").1.to, AttachedTo::Connection(key));
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            "0.0.0.0/0 -> if what lies behind `vpn-1` delivers packets that a default route sends there",
            "10.0.0.0/8 -> att-vpn",
            "10.1.0.0/16 -> att-a",
        ]
    );
    // 10.0.0.0/8 without 10.1.0.0/16: the way to the VPC is not behind the VPN.
    assert_eq!(
        behind(&network, "cgw-1"),
        [
            "10.0.0.0/16",
            "10.2.0.0/15",
            "10.4.0.0/14",
            "10.8.0.0/13",
            "10.16.0.0/12",
            "10.32.0.0/11",
            "10.64.0.0/10",
            "10.128.0.0/9"
        ]
    );
    let told: Vec<_> = vpn.advertised.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["0.0.0.0/0", "10.1.0.0/16"], "what the table routes elsewhere");
}

#[test]
fn what_a_vpn_propagates_is_open_without_a_search() {
    // The collector writes the static routes only.
    let transit = TRANSIT
        .replace("\"propagated\", \"State\": \"active\"", "\"static\", \"State\": \"deleted\"");
    let Import { network, .. } = read(&with_transit(transit));
    let open = "if a route that `att-vpn` propagates to `tgw-rtb-1`, and that no answer lists, delivers the packet";
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            format!("0.0.0.0/0 -> {open}"),
            "10.1.0.0/16 -> att-a".to_owned(),
            format!("::/0 -> {open}")
        ]
    );
}

#[test]
fn a_direct_connect_gateway_at_a_transit_gateway_is_a_connection() {
    let transit = TRANSIT.replace(
        "\"ResourceType\": \"vpn\", \"ResourceId\": \"vpn-1\"",
        "\"ResourceType\": \"direct-connect-gateway\", \"ResourceId\": \"dx-1\"",
    );
    let Import { network, .. } = read(&with_transit(transit));
    let (key, line) = get!(network.connections, "dx-1/tgw-1");
    assert_eq!(line.kind, ConnectionKind::DirectConnect);
    let (attachment, made) = get!(network.transit_attachments, "att-vpn");
    assert_eq!(made.to, AttachedTo::Connection(key));
    let (_, table) = get!(network.transit_route_tables, "tgw-rtb-1");
    assert_eq!(table.routes[1].target, TransitTarget::Attachment(attachment));
}

#[test]
fn two_attachments_of_one_route_are_a_fact() {
    let transit = TRANSIT.replace(
        "\"10.0.0.0/8\", \"Type\": \"propagated\", \"State\": \"active\",\n   \"TransitGatewayAttachments\": [",
        "\"10.0.0.0/8\", \"Type\": \"propagated\", \"State\": \"active\",\n   \"TransitGatewayAttachments\": [{\"TransitGatewayAttachmentId\": \"att-a\"},",
    );
    assert_ne!(transit, TRANSIT);
    let Import { network, .. } = read(&with_transit(transit));
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1")[1],
        "10.0.0.0/8 -> if whichever attachment the transit gateway picks of [`att-a`, `att-vpn`] delivers the packet"
    );
}

#[test]
fn a_router_on_premises_may_send_packets_on_to_another_vpc() {
    // The network of VPC `vpc-far` is routed to the office, which may be where it is reached from.
    let far = r#"{"VpcId": "vpc-far", "CidrBlock": "192.168.4.0/24"}"#;
    let vpcs = "{\"VpcId\": \"vpc-a\", \"CidrBlock\": \"10.1.0.0/16\"}";
    let Import { network, .. } = read(&office(&[(vpcs, &format!("{vpcs}, {far}"))]));
    let open =
        "if what lies behind `vpn-1` carries packets on to `vpc-far`, and their answers back";
    assert_eq!(
        routes(&network, "rtb-a"),
        [
            "192.168.0.0/16 -> vpn-1".to_owned(),
            "192.168.7.0/24 -> vpn-1".to_owned(),
            "10.1.0.0/16 -> local".to_owned(),
            format!("192.168.4.0/24 -> {open}"),
        ]
    );
    let has = behind(&network, "cgw-1");
    assert!(has.contains(&"192.168.5.0/24".to_owned()), "{has:?}");
    assert!(!has.contains(&"192.168.4.0/24".to_owned()), "{has:?}");
    // Where the office does not have the block, the gateway drops what is for it.
    let far = far.replace("192.168.4.0/24", "192.168.99.0/24");
    let Import { network, .. } = read(&office(&[(vpcs, &format!("{vpcs}, {far}"))]));
    assert_eq!(routes(&network, "rtb-a").len(), 3);

    // The same behind a transit gateway; a block with a route of its own is not concerned.
    let mut dump = with_transit(TRANSIT.to_owned());
    let far = r#"{"Vpcs": [{"VpcId": "vpc-b", "CidrBlock": "10.2.0.0/16"}]}"#;
    dump.push((String::from("dump/far.json"), far.into()));
    let Import { network, .. } = read(&dump);
    let open = "if what lies behind `vpn-1` carries packets on to `vpc-b`, and their answers back";
    let found = transit_routes(&network, "tgw-rtb-1");
    assert_eq!(found.len(), 4);
    assert_eq!(found[3], format!("10.2.0.0/16 -> {open}"));
    assert!(!behind(&network, "cgw-1").contains(&"10.2.0.0/15".to_owned()));
}
