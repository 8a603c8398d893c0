//! Transit gateways: attachments, associations, propagations, routes, and what stays open.

use canreach_model::{AttachedTo, TransitTarget};

use super::*;

/// Two VPCs of two zones, attached to one gateway with one table. The first VPC has an IPv6 block.
const LAB: &str = r#"{
"Vpcs": [
  {"VpcId": "vpc-a", "OwnerId": "111122223333", "CidrBlock": "10.1.0.0/16",
   "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/56", "Ipv6CidrBlockState": {"State": "associated"}}]},
  {"VpcId": "vpc-b", "OwnerId": "111122223333", "CidrBlock": "10.2.0.0/16"}],
"Subnets": [
  {"SubnetId": "subnet-a", "VpcId": "vpc-a", "CidrBlock": "10.1.1.0/24", "AvailabilityZoneId": "use1-az1"},
  {"SubnetId": "subnet-b", "VpcId": "vpc-b", "CidrBlock": "10.2.1.0/24", "AvailabilityZoneId": "use1-az1"}],
"RouteTables": [
  {"RouteTableId": "rtb-a", "VpcId": "vpc-a", "Associations": [{"Main": true}], "Routes": [
    {"DestinationCidrBlock": "10.2.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}]},
  {"RouteTableId": "rtb-b", "VpcId": "vpc-b", "Associations": [{"Main": true}], "Routes": [
    {"DestinationCidrBlock": "10.1.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}]}],
"InternetGateways": [], "VpnConnections": [], "NetworkInterfaces": [],
"TransitGateways": [{"TransitGatewayId": "tgw-1", "OwnerId": "111122223333", "State": "available",
  "TransitGatewayArn": "arn:aws:ec2:us-east-1:111122223333:transit-gateway/tgw-1",
  "Options": {"SecurityGroupReferencingSupport": "enable"}}],
"TransitGatewayAttachments": [
  {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-a",
   "State": "available", "CreationTime": "2024-01-01T00:00:00+00:00",
   "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}},
  {"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-b",
   "State": "available", "CreationTime": "2024-02-02T00:00:00+00:00",
   "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}},
  {"TransitGatewayAttachmentId": "att-old", "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-z",
   "State": "deleted"}],
"TransitGatewayVpcAttachments": [
  {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "VpcId": "vpc-a", "State": "available",
   "SubnetIds": ["subnet-a"], "Options": {"ApplianceModeSupport": "enable", "Ipv6Support": "disable"}},
  {"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1", "VpcId": "vpc-b", "State": "available",
   "SubnetIds": ["subnet-b"], "Options": {"SecurityGroupReferencingSupport": "disable"}}],
"TransitGatewayRouteTables": [
  {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1", "State": "available"}],
"TransitGatewayPropagations": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayRouteTablePropagations": [
  {"TransitGatewayAttachmentId": "att-a", "ResourceType": "vpc", "ResourceId": "vpc-a", "State": "enabled"},
  {"TransitGatewayAttachmentId": "att-b", "ResourceType": "vpc", "ResourceId": "vpc-b", "State": "enabled"}]}],
"TransitGatewayStaticRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "AdditionalRoutesAvailable": false, "Routes": [
]}]
}"#;

/// Returns the lab with texts replaced, each of which stands there once.
fn lab(changes: &[(&str, &str)]) -> Dump {
    let mut text = LAB.to_owned();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "`{from}`");
        text = text.replace(from, to);
    }
    vec![(String::from("dump/lab.json"), text)]
}

/// Returns the lab without one answer.
fn lacking(key: &str) -> Dump {
    let key = format!("\"{key}\":");
    lab(&[(&key, "\"Regions\":")])
}

/// Returns the lab with static routes.
fn with_routes(routes: &str) -> Dump {
    lab(&[("\"Routes\": [\n]", &format!("\"Routes\": [{routes}]"))])
}

fn target(network: &Network, target: TransitTarget) -> String {
    match target {
        TransitTarget::Attachment(key) => network.transit_attachments[key].meta.id.clone(),
        TransitTarget::Blackhole => String::from("blackhole"),
        TransitTarget::Unresolved(fact) => format!("if {}", network.facts[fact].statement),
    }
}

/// Returns the routes of a transit gateway's table.
pub(crate) fn transit_routes(network: &Network, table: &str) -> Vec<String> {
    let (_, table) = get!(network.transit_route_tables, table);
    let routes = table.routes.iter();
    routes.map(|one| format!("{} -> {}", one.destination, target(network, one.target))).collect()
}

/// Returns what would settle the fact with this statement.
fn settled_by<'n>(network: &'n Network, part: &str) -> &'n str {
    let mut facts = network.facts.iter();
    &facts.find(|(_, fact)| fact.statement.contains(part)).unwrap().1.settled_by
}

#[test]
fn vpcs_are_attached_by_their_subnets_and_their_blocks_are_propagated() {
    let import = read(&lab(&[]));
    let network = &import.network;
    assert_eq!(unread(&import), Vec::<String>::new());
    let mut open = facts(network).into_iter();
    assert!(open.all(|one| one.starts_with("the network ACL of")), "nothing else is open");
    let (_, gateway) = get!(network.transit_gateways, "tgw-1");
    assert!(gateway.group_references);
    assert_eq!(home(&gateway.meta), ("111122223333", "us-east-1"));
    assert_eq!(ids!(network.transit_attachments), ["att-a", "att-b"], "att-old is deleted");
    let attached = |id: &str| {
        let (_, attachment) = get!(network.transit_attachments, id);
        let table = attachment.route_table.unwrap();
        assert_eq!(network.transit_route_tables[table].meta.id, "tgw-rtb-1");
        let AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references } = &attachment.to
        else {
            panic!("{:?}", attachment.to)
        };
        let subnets = subnets.iter().map(|one| network.subnets[*one].meta.id.clone());
        let vpc = network.vpcs[*vpc].meta.id.clone();
        (vpc, subnets.collect::<Vec<_>>(), *appliance_mode, *group_references)
    };
    assert_eq!(attached("att-a"), ("vpc-a".into(), vec!["subnet-a".to_owned()], true, true));
    assert_eq!(attached("att-b"), ("vpc-b".into(), vec!["subnet-b".to_owned()], false, false));
    assert_eq!(
        transit_routes(network, "tgw-rtb-1"),
        ["10.1.0.0/16 -> att-a", "10.2.0.0/16 -> att-b"],
        "the IPv6 block of an attachment without IPv6 support is not propagated"
    );
    assert_eq!(routes(network, "rtb-a")[0], "10.2.0.0/16 -> tgw-1");
    let (_, table) = get!(network.transit_route_tables, "tgw-rtb-1");
    let propagation = LAB.find("{\"TransitGatewayAttachmentId\": \"att-a\", \"ResourceType\": \"vpc\", \"ResourceId\": \"vpc-a\", \"State\": \"enabled\"");
    let line = LAB[..propagation.unwrap()].matches('\n').count() + 1;
    assert_eq!(
        origin(network, &table.routes[0].origin),
        format!("propagated by `att-a` (lab.json:{line}, lab.json:3)")
    );
}

#[test]
fn ipv6_blocks_are_propagated_where_the_attachment_supports_ipv6() {
    let dump = lab(&[("\"Ipv6Support\": \"disable\"", "\"Ipv6Support\": \"enable\"")]);
    let Import { network, .. } = read(&dump);
    assert!(transit_routes(&network, "tgw-rtb-1").contains(&"2001:db8:1::/56 -> att-a".to_owned()));
}

#[test]
fn groups_are_referred_to_only_where_gateway_and_attachment_say_so() {
    // Gateways say no by default, attachments yes.
    for (option, expected) in [
        ("\"SecurityGroupReferencingSupport\": \"enable\"", true),
        ("\"SecurityGroupReferencingSupport\": \"disable\"", false),
        ("\"DnsSupport\": \"enable\"", false),
    ] {
        let dump = lab(&[("\"SecurityGroupReferencingSupport\": \"enable\"", option)]);
        let Import { network, .. } = read(&dump);
        assert_eq!(get!(network.transit_gateways, "tgw-1").1.group_references, expected);
    }
}

#[test]
fn static_routes_beat_propagated_ones_and_a_black_hole_swallows() {
    let Import { network, .. } = read(&with_routes(
        r#"{"DestinationCidrBlock": "10.2.0.0/16", "Type": "static", "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-a"}]},
           {"DestinationCidrBlock": "10.9.0.0/16", "Type": "static", "State": "blackhole"},
           {"DestinationCidrBlock": "10.8.0.0/16", "Type": "static", "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-old"}]},
           {"DestinationCidrBlock": "10.7.0.0/16", "Type": "static", "State": "pending",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-a"}]},
           {"DestinationCidrBlock": "10.6.0.0/16", "Type": "static", "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-9"}]},
           {"DestinationCidrBlock": "10.5.0.0/16", "Type": "static", "State": "deleted"}"#,
    ));
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            "10.1.0.0/16 -> att-a",
            "10.2.0.0/16 -> att-a",
            "10.6.0.0/16 -> if transit gateway attachment `att-9`, which no answer describes, delivers the packet",
            "10.7.0.0/16 -> if a transit gateway route that is being changed delivers the packet",
            "10.8.0.0/16 -> blackhole",
            "10.9.0.0/16 -> blackhole",
        ]
    );
}

#[test]
fn of_two_vpcs_with_one_block_the_first_attached_is_propagated() {
    let twin = [("\"CidrBlock\": \"10.2.0.0/16\"", "\"CidrBlock\": \"10.1.0.0/16\"")];
    let Import { network, .. } = read(&lab(&twin));
    assert_eq!(transit_routes(&network, "tgw-rtb-1"), ["10.1.0.0/16 -> att-a"]);
    // Without the time nothing tells which one it is.
    let [twin] = twin;
    let dump = lab(&[twin, (", \"CreationTime\": \"2024-02-02T00:00:00+00:00\"", "")]);
    let Import { network, .. } = read(&dump);
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            "10.1.0.0/16 -> if the route of `tgw-rtb-1` to 10.1.0.0/16 that AWS picks of several delivers the packet"
        ]
    );
}

#[test]
fn a_search_of_routes_tells_all_of_them() {
    let search = r#""Routes": [
        {"DestinationCidrBlock": "10.1.0.0/16", "Type": "propagated", "State": "active",
         "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-a", "ResourceType": "vpc"}]},
        {"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "active",
         "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-b", "ResourceType": "vpc"}]}],
        "AdditionalRoutesAvailable": false"#;
    let mut dump = lab(&[
        ("\"TransitGatewayPropagations\":", "\"Regions\":"),
        ("\"TransitGatewayStaticRoutes\":", "\"Snapshots\":"),
    ]);
    let named = format!(r#"{{{search}, "TransitGatewayRouteTableId": "tgw-rtb-1"}}"#);
    dump.push(("dump/routes.json".into(), named));
    let Import { network, .. } = read(&dump);
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        ["0.0.0.0/0 -> att-b", "10.1.0.0/16 -> att-a"],
        "att-b does not propagate"
    );
    // The AWS CLI does not name the table.
    dump[1].1 = format!("{{{search}}}");
    let import = read(&dump);
    assert_eq!(unread(&import).len(), 1);
    assert!(
        unread(&import)[0].starts_with(
            "routes.json:1 `Routes` of a transit gateway route table that is not named"
        )
    );
    // A search that holds back routes leaves all of them open.
    dump[1].1 = format!(
        r#"{{{}, "TransitGatewayRouteTableId": "tgw-rtb-1"}}"#,
        search.replace("false", "true")
    );
    let Import { network, diagnostics, .. } = tried(&dump);
    let codes: Vec<&str> = diagnostics.iter().map(|told| told.code).collect();
    assert_eq!(codes, ["aws::paged"], "and loudly");
    let open = "if a route of transit gateway route table `tgw-rtb-1`, of which the answer lists only some routes, delivers the packet";
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            format!("0.0.0.0/0 -> {open}"),
            format!("10.1.0.0/16 -> {open}"),
            format!("::/0 -> {open}")
        ]
    );
}

#[test]
fn a_propagation_may_name_its_table_and_an_association_come_by_itself() {
    let dump = lab(&[
        ("\"TransitGatewayPropagations\":", "\"Regions\":"),
        (
            "\"ResourceId\": \"vpc-b\",\n   \"State\": \"available\", \"CreationTime\": \"2024-02-02T00:00:00+00:00\",\n   \"Association\": {\"State\": \"associated\", \"TransitGatewayRouteTableId\": \"tgw-rtb-1\"}",
            "\"ResourceId\": \"vpc-b\", \"State\": \"available\"",
        ),
        (
            "\"InternetGateways\": []",
            r#""InternetGateways": [], "TransitGatewayRouteTableId": "tgw-rtb-1",
            "TransitGatewayRouteTablePropagations": [
                {"TransitGatewayAttachmentId": "att-b", "State": "enabled"},
                {"TransitGatewayAttachmentId": "att-a", "State": "disabled"}],
            "Associations": [{"TransitGatewayAttachmentId": "att-b", "State": "associated"}]"#,
        ),
    ]);
    let Import { network, .. } = read(&dump);
    assert_eq!(transit_routes(&network, "tgw-rtb-1"), ["10.2.0.0/16 -> att-b"]);
    let (table, _) = get!(network.transit_route_tables, "tgw-rtb-1");
    assert_eq!(get!(network.transit_attachments, "att-b").1.route_table, Some(table));
}

#[test]
fn a_reference_to_a_prefix_list_is_a_route_to_each_of_its_blocks() {
    let references = r#"{"TransitGatewayPrefixListReferences": [
        {"TransitGatewayRouteTableId": "tgw-rtb-1", "PrefixListId": "pl-1", "State": "available",
         "TransitGatewayAttachment": {"TransitGatewayAttachmentId": "att-b"}},
        {"TransitGatewayRouteTableId": "tgw-rtb-1", "PrefixListId": "pl-2", "State": "available", "Blackhole": true}],
        "PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["10.1.0.0/16", "10.20.0.0/16"]},
                        {"PrefixListId": "pl-2", "Cidrs": ["10.30.0.0/16"]}]}"#;
    let mut dump = lab(&[]);
    dump.push(("dump/references.json".into(), references.into()));
    let Import { network, .. } = read(&dump);
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            "10.1.0.0/16 -> att-b",
            "10.2.0.0/16 -> att-b",
            "10.20.0.0/16 -> att-b",
            "10.30.0.0/16 -> blackhole"
        ],
        "what is referred to beats what is propagated"
    );
}

#[test]
fn a_missing_answer_leaves_open_what_it_would_decide_and_is_named() {
    let every = |open: &str| {
        [
            format!("10.1.0.0/16 -> {open}"),
            format!("10.2.0.0/16 -> {open}"),
            format!("0.0.0.0/0 -> {open}"),
            format!("::/0 -> {open}"),
        ]
    };
    let Import { network, .. } = read(&lacking("TransitGatewayStaticRoutes"));
    let open = "if a route of transit gateway route table `tgw-rtb-1`, of which no answer lists the static routes, delivers the packet";
    assert_eq!(transit_routes(&network, "tgw-rtb-1"), every(open));
    assert_eq!(
        settled_by(&network, "static routes"),
        "give the answer of `aws ec2 search-transit-gateway-routes` for `tgw-rtb-1`, with \
         `\"TransitGatewayRouteTableId\": \"tgw-rtb-1\"` beside `Routes`"
    );

    let Import { network, .. } = read(&lacking("TransitGatewayPropagations"));
    let open = "if a route of transit gateway route table `tgw-rtb-1`, of which no answer lists the propagations, delivers the packet";
    assert_eq!(transit_routes(&network, "tgw-rtb-1"), &every(open)[2..]);

    let Import { network, .. } = read(&lacking("TransitGatewayVpcAttachments"));
    assert_eq!(
        routes(&network, "rtb-a")[0],
        "10.2.0.0/16 -> if transit gateway `tgw-1`, whose attachment of `vpc-a` no answer describes in full, delivers the packet"
    );
    let open = "transit gateway attachment `att-a`, which is not described in full,";
    assert_eq!(
        settled_by(&network, open),
        "give the answer of `aws ec2 describe-transit-gateway-vpc-attachments` for `att-a`"
    );

    let Import { network, .. } = read(&lacking("TransitGateways"));
    assert_eq!(
        routes(&network, "rtb-a")[0],
        "10.2.0.0/16 -> if transit gateway `tgw-1`, which no answer describes, delivers the packet"
    );

    // Without the answer that tells associations, nobody says which table routes what comes in.
    let Import { network, .. } = read(&lacking("TransitGatewayAttachments"));
    let (_, attachment) = get!(network.transit_attachments, "att-a");
    let table = &network.transit_route_tables[attachment.route_table.unwrap()];
    assert_eq!(table.routes.len(), 2);
    assert!(
        settled_by(&network, "the transit gateway route table of `att-a`")
            .contains("describe-transit-gateway-attachments")
    );

    // The routes of a table that no answer describes are known if they are listed.
    let Import { network, .. } = read(&lacking("TransitGatewayRouteTables"));
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        ["10.1.0.0/16 -> att-a", "10.2.0.0/16 -> att-b"]
    );
}

#[test]
fn an_attachment_without_an_association_has_no_table() {
    let dump = lab(&[(
        "\"2024-02-02T00:00:00+00:00\",\n   \"Association\": {\"State\": \"associated\", \"TransitGatewayRouteTableId\": \"tgw-rtb-1\"}",
        "\"2024-02-02T00:00:00+00:00\"",
    )]);
    let Import { network, .. } = read(&dump);
    assert_eq!(get!(network.transit_attachments, "att-b").1.route_table, None);
}

#[test]
fn the_vpc_of_another_account_leaves_what_it_propagates_open() {
    let dump = lab(&[("{\"VpcId\": \"vpc-b\", \"OwnerId\"", "{\"VpcId\": \"vpc-c\", \"OwnerId\"")]);
    let Import { network, .. } = read(&dump);
    let open = "if a route that `att-b` propagates to `tgw-rtb-1`, and that no answer lists, delivers the packet";
    assert_eq!(
        transit_routes(&network, "tgw-rtb-1"),
        [
            "10.1.0.0/16 -> att-a".to_owned(),
            format!("0.0.0.0/0 -> {open}"),
            format!("::/0 -> {open}")
        ]
    );
    assert!(
        assumptions(&network)
            .contains(&"no route of `tgw-rtb-1` that no answer lists takes packets to 10.1.0.0/16")
    );
    assert_eq!(
        settled_by(&network, "transit gateway attachment `att-b`"),
        "give the answers about `vpc-b` and what is in it"
    );
}

#[test]
fn a_kind_of_attachment_that_is_not_modelled_is_a_fact() {
    let dump = lab(&[(
        "\"ResourceType\": \"vpc\", \"ResourceId\": \"vpc-z\",\n   \"State\": \"deleted\"",
        "\"ResourceType\": \"connect\", \"ResourceId\": \"att-a\", \"State\": \"available\"",
    )]);
    let Import { network, .. } = read(&dump);
    let (_, attachment) = get!(network.transit_attachments, "att-old");
    let AttachedTo::Unmodelled(fact) = attachment.to else { panic!("{:?}", attachment.to) };
    assert_eq!(
        network.facts[fact].statement,
        "transit gateway attachment `att-old`, of type `connect`, delivers the packet"
    );
}

/// A second gateway, as its own account and region describe it, with the attachment between the two.
const FAR: &str = r#"{
"TransitGateways": [{"TransitGatewayId": "tgw-2", "OwnerId": "444455556666", "State": "available"}],
"TransitGatewayAttachments": [
  {"TransitGatewayAttachmentId": "att-p", "TransitGatewayId": "tgw-2", "ResourceType": "peering", "ResourceId": "tgw-1",
   "State": "available", "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-2"}}],
"TransitGatewayPeeringAttachments": [{"TransitGatewayAttachmentId": "att-p", "State": "available",
  "RequesterTgwInfo": {"TransitGatewayId": "tgw-1", "OwnerId": "111122223333", "Region": "us-east-1"},
  "AccepterTgwInfo": {"TransitGatewayId": "tgw-2", "OwnerId": "444455556666", "Region": "eu-west-1"}}],
"TransitGatewayRouteTables": [
  {"TransitGatewayRouteTableId": "tgw-rtb-2", "TransitGatewayId": "tgw-2", "State": "available"}],
"TransitGatewayPropagations": [
  {"TransitGatewayRouteTableId": "tgw-rtb-2", "TransitGatewayRouteTablePropagations": []}],
"TransitGatewayStaticRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-2", "Routes": [
  {"DestinationCidrBlock": "10.1.0.0/16", "Type": "static", "State": "active",
   "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-p"}]}]}]
}"#;

#[test]
fn an_attachment_between_two_gateways_is_one_of_each_that_name_each_other() {
    let mut dump = lab(&[("\"ResourceType\": \"vpc\", \"ResourceId\": \"vpc-z\",\n   \"State\": \"deleted\"",
        "\"ResourceType\": \"vpc\", \"ResourceId\": \"vpc-z\", \"State\": \"deleted\"},
         {\"TransitGatewayAttachmentId\": \"att-p\", \"TransitGatewayId\": \"tgw-1\", \"ResourceType\": \"peering\",
          \"ResourceId\": \"tgw-2\", \"State\": \"available\",
          \"Association\": {\"State\": \"associated\", \"TransitGatewayRouteTableId\": \"tgw-rtb-1\"}")]);
    // As long as the other side is not described, what it does is open.
    let Import { network, .. } = read(&dump);
    let (_, near) = get!(network.transit_attachments, "att-p");
    assert!(matches!(near.to, AttachedTo::Unmodelled(_)));

    dump.push(("dump/far.json".into(), FAR.into()));
    let Import { network, .. } = read(&dump);
    let sides: Vec<_> =
        network.transit_attachments.iter().filter(|(_, one)| one.meta.id == "att-p").collect();
    assert!(!facts(&network).iter().any(|fact| fact.contains("att-p")), "nothing is open any more");
    let [(first, near), (second, far)] = sides[..] else { panic!("{sides:?}") };
    assert_eq!(near.to, AttachedTo::Peering(second));
    assert_eq!(far.to, AttachedTo::Peering(first));
    assert_eq!(network.transit_gateways[near.gateway].meta.id, "tgw-1");
    assert_eq!(home(&far.meta), ("444455556666", "eu-west-1"));
    let table = |one: &canreach_model::TransitAttachment| {
        network.transit_route_tables[one.route_table.unwrap()].meta.id.clone()
    };
    assert_eq!((table(near), table(far)), ("tgw-rtb-1".into(), "tgw-rtb-2".into()));
    let (_, routes) = get!(network.transit_route_tables, "tgw-rtb-2");
    assert_eq!(routes.routes[0].target, TransitTarget::Attachment(second));
}

#[test]
fn the_account_of_the_vpc_adds_what_the_account_of_the_gateway_does_not_see() {
    // The owner of the gateway lists the attachment with its table, the owner of the VPC with its subnets.
    let shared = r#"{"TransitGatewayVpcAttachments": [{"TransitGatewayAttachmentId": "att-b",
        "TransitGatewayId": "tgw-1", "VpcId": "vpc-b", "State": "available", "SubnetIds": ["subnet-b"],
        "Options": {"ApplianceModeSupport": "disable"}}],
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1",
        "ResourceType": "vpc", "ResourceId": "vpc-b", "State": "available"}]}"#;
    let mut dump = lab(&[(
        ",\n  {\"TransitGatewayAttachmentId\": \"att-b\", \"TransitGatewayId\": \"tgw-1\", \"VpcId\": \"vpc-b\", \"State\": \"available\",\n   \"SubnetIds\": [\"subnet-b\"], \"Options\": {\"SecurityGroupReferencingSupport\": \"disable\"}}",
        "",
    )]);
    dump.push(("dump/shared.json".into(), shared.into()));
    let Import { network, .. } = read(&dump);
    let disagree = |one: &&str| one.contains("described twice");
    assert!(!assumptions(&network).iter().any(disagree), "{:?}", assumptions(&network));
    let (_, attachment) = get!(network.transit_attachments, "att-b");
    assert!(matches!(attachment.to, AttachedTo::Vpc { .. }) && attachment.route_table.is_some());
}

#[test]
fn a_route_of_a_vpc_to_a_deleted_gateway_is_a_black_hole() {
    let dump = lab(&[(
        "\"OwnerId\": \"111122223333\", \"State\": \"available\",\n  \"TransitGatewayArn\"",
        "\"OwnerId\": \"111122223333\", \"State\": \"deleted\",\n  \"TransitGatewayArn\"",
    )]);
    let Import { network, .. } = read(&dump);
    assert_eq!(routes(&network, "rtb-a")[0], "10.2.0.0/16 -> blackhole");
    assert!(network.transit_attachments.is_empty() && network.transit_route_tables.is_empty());
}

#[test]
fn an_attachment_that_only_the_answer_about_vpcs_lists_may_have_any_table() {
    // `describe-transit-gateway-vpc-attachments` says nothing of associations.
    let listed = "{\"TransitGatewayAttachmentId\": \"att-b\", \"TransitGatewayId\": \"tgw-1\", \"ResourceType\": \"vpc\", \"ResourceId\": \"vpc-b\",";
    let other = listed.replace("att-b", "att-c").replace("vpc-b", "vpc-c");
    let Import { network, .. } = read(&lab(&[(listed, &other)]));
    let (_, attachment) = get!(network.transit_attachments, "att-b");
    let table = &network.transit_route_tables[attachment.route_table.unwrap()];
    assert_eq!(table.meta.id, "att-b/table");
    assert!(table.routes.iter().all(|route| matches!(route.target, TransitTarget::Unresolved(_))));
}
