//! NAT gateways, what accounts block of the Internet, gateways with tables of their own, and routes
//! through appliances.

use canreach_model::{InterfaceOwner, RouteTarget};

use super::*;

/// Returns the addresses of an interface.
fn addresses(network: &Network, interface: &str) -> Vec<String> {
    let (_, interface) = get!(network.interfaces, interface);
    interface.addresses.iter().map(ToString::to_string).collect()
}

/// Returns the base with another answer about NAT gateways.
fn with_nat_gateways(gateways: &str) -> Dump {
    let mut dump = without("NatGateways");
    dump.push(("dump/NatGateways.json".into(), format!("{{\"NatGateways\": [{gateways}]}}")));
    dump
}

#[test]
fn a_nat_gateway_has_all_of_its_addresses_each_with_its_public_one() {
    let gateway = r#"{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-public", "VpcId": "vpc-a",
        "NatGatewayAddresses": [
          {"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.1.1.6", "PublicIp": "203.0.113.6", "IsPrimary": false, "Status": "succeeded"},
          {"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.1.1.5", "PublicIp": "203.0.113.5", "IsPrimary": true, "Status": "succeeded"},
          {"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.1.1.7", "PublicIp": "203.0.113.7", "IsPrimary": false, "Status": "failed"}]}"#;
    let Import { network, .. } = read(&with_nat_gateways(gateway));
    assert_eq!(addresses(&network, "eni-nat"), ["10.1.1.5", "10.1.1.6"], "the third one failed");
    let public = public(&network);
    assert!(public.contains(&"203.0.113.6 eni-nat 10.1.1.6".to_owned()), "{public:?}");
    assert_eq!(assumptions(&network), Vec::<&str>::new());

    // Nobody else describes its interface.
    let mut dump = with_nat_gateways(gateway);
    dump.retain(|(path, _)| !path.ends_with("/NetworkInterfaces.json"));
    let Import { network, .. } = read(&dump);
    assert_eq!(addresses(&network, "eni-nat"), ["10.1.1.5", "10.1.1.6"]);
}

#[test]
fn a_private_nat_gateway_has_no_public_address() {
    let gateway = r#"{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-private", "VpcId": "vpc-a",
        "ConnectivityType": "private",
        "NatGatewayAddresses": [{"NetworkInterfaceId": "eni-p", "PrivateIp": "10.1.2.5", "IsPrimary": true}]}"#;
    let Import { network, .. } = read(&with_nat_gateways(gateway));
    assert_eq!(addresses(&network, "eni-p"), ["10.1.2.5"]);
    assert!(!public(&network).iter().any(|one| one.contains("eni-p")));
    assert!(routes(&network, "rtb-main-a").contains(&"0.0.0.0/0 -> nat-1".to_owned()));
}

#[test]
fn a_regional_nat_gateway_is_a_fact_that_names_it() {
    let gateway = r#"{"NatGatewayId": "nat-1", "State": "available", "VpcId": "vpc-a", "AvailabilityMode": "regional",
        "NatGatewayAddresses": [{"PublicIp": "203.0.113.99", "AvailabilityZone": "eu-west-1b"}]}"#;
    let import = read(&with_nat_gateways(gateway));
    let routes = routes(&import.network, "rtb-main-a");
    let open = "0.0.0.0/0 -> if regional NAT gateway `nat-1` delivers the packet";
    assert!(routes.contains(&open.to_owned()), "{routes:?}");
    let open = "203.0.113.99 if whoever has 203.0.113.99 now takes the packet and answers it";
    let public = public(&import.network);
    assert!(public.contains(&open.to_owned()), "{public:?}");
    assert!(unread(&import).contains(
        &"NatGateways.json:1 regional NAT gateway `nat-1`, which stands in no subnet: routes to it are unresolved facts".to_owned()
    ));
}

/// Returns, for three interfaces, whether they are kept away from Internet gateways and from egress-only
/// ones. `eni-nlb` is in another subnet than the others.
fn denied(dump: &Dump) -> [(bool, bool); 3] {
    let Import { network, .. } = read(dump);
    ["eni-web", "eni-nat", "eni-nlb"].map(|id| {
        let (_, interface) = get!(network.interfaces, id);
        (interface.internet_gateway_denied, interface.egress_only_gateway_denied)
    })
}

const OPEN: (bool, bool) = (false, false);
const SHUT: (bool, bool) = (true, true);
const OUTWARD: (bool, bool) = (true, false);

#[test]
fn a_subnet_that_blocks_public_access_denies_it_to_its_interfaces() {
    let blocks = |mode: &str| {
        let states =
            format!("\"BlockPublicAccessStates\": {{\"InternetGatewayBlockMode\": \"{mode}\"}}");
        let subnet = "\"SubnetId\": \"subnet-public\"";
        denied(&changed("Subnets", subnet, &format!("{subnet}, {states}")))
    };
    assert_eq!(blocks("block-bidirectional"), [SHUT, SHUT, OPEN]);
    // NAT gateways and egress-only gateways let nothing in and keep their way out.
    assert_eq!(blocks("block-ingress"), [OUTWARD, OPEN, OPEN]);
    assert_eq!(blocks("off"), [OPEN, OPEN, OPEN]);
}

#[test]
fn an_account_that_blocks_public_access_does_so_where_nothing_else_is_said() {
    let account = |mode: &str, exclusions: &str| {
        let mut dump = base();
        let options = format!(
            r#"{{"VpcBlockPublicAccessOptions": {{"AwsAccountId": "111122223333", "AwsRegion": "eu-west-1",
                "State": "update-complete", "InternetGatewayBlockMode": "{mode}"}},
                "VpcBlockPublicAccessExclusions": [{exclusions}]}}"#
        );
        dump.push(("dump/BlockPublicAccess.json".into(), options));
        dump
    };
    let exclusion = |resource: &str, mode: &str, state: &str| {
        format!(
            r#"{{"ExclusionId": "vpcbpa-exclude-1", "InternetGatewayExclusionMode": "{mode}", "State": "{state}",
                "ResourceArn": "arn:aws:ec2:eu-west-1:111122223333:{resource}"}}"#
        )
    };
    let both = "block-bidirectional";
    assert_eq!(denied(&account(both, "")), [SHUT, SHUT, SHUT]);
    assert_eq!(denied(&account("block-ingress", "")), [OUTWARD, OPEN, OUTWARD]);
    assert_eq!(denied(&account("off", "")), [OPEN, OPEN, OPEN]);
    let subnet = exclusion("subnet/subnet-public", "allow-bidirectional", "create-complete");
    assert_eq!(denied(&account(both, &subnet)), [OPEN, OPEN, SHUT]);
    let vpc = exclusion("vpc/vpc-a", "allow-egress", "update-complete");
    assert_eq!(denied(&account(both, &vpc)), [OUTWARD, OPEN, OUTWARD]);
    let gone = exclusion("vpc/vpc-a", "allow-bidirectional", "delete-complete");
    assert_eq!(denied(&account(both, &gone)), [SHUT, SHUT, SHUT]);
    // What the answer about a subnet says beats what the account says.
    let mut dump = account(both, "");
    let (_, subnets) = dump.iter_mut().find(|(path, _)| path.ends_with("/Subnets.json")).unwrap();
    let subnet = "\"SubnetId\": \"subnet-public\"";
    let states = "\"BlockPublicAccessStates\": {\"InternetGatewayBlockMode\": \"off\"}";
    *subnets = subnets.replace(subnet, &format!("{subnet}, {states}"));
    assert_eq!(denied(&dump), [OPEN, OPEN, SHUT]);
    // The options of another region or account are not meant.
    for (from, to) in [("eu-west-1\",", "us-east-1\","), ("\"111122223333\"", "\"444455556666\"")] {
        let mut dump = account(both, "");
        let (_, options) = dump.last_mut().unwrap();
        assert!(options.contains(from));
        *options = options.replace(from, to);
        assert_eq!(denied(&dump), [OPEN, OPEN, OPEN], "{to}");
    }
}

#[test]
fn a_route_to_an_interface_leads_to_its_instance_and_what_that_does_is_a_fact() {
    let target = "\"TransitGatewayId\": \"tgw-1\",\n                    \"Origin\": \"CreateRoute\",\n                    \"State\": \"active\"";
    for key in [
        "\"NetworkInterfaceId\": \"eni-web\", \"InstanceId\": \"i-web\"",
        "\"NetworkInterfaceId\": \"eni-web\"",
    ] {
        let dump = changed("RouteTables", target, &format!("{key}, \"State\": \"active\""));
        let Import { network, .. } = read(&dump);
        let found = routes(&network, "rtb-public");
        assert!(found.contains(&"10.7.0.0/16 -> eni-web".to_owned()), "{found:?}");
        let (_, instance) = get!(network.instances, "i-web");
        assert_eq!(
            network.facts[instance.appliance.unwrap()].statement,
            "instance `i-web` delivers packets that are not for itself, and brings their answers back"
        );
        let mut others = network.instances.iter().filter(|(_, one)| one.meta.id != "i-web");
        assert!(others.all(|(_, one)| one.appliance.is_none()), "no route leads to them");
    }
    // The source/destination check is the interface's own.
    let (network, id) = (read(&base()).network, "eni-db");
    assert!(!get!(network.interfaces, id).1.source_dest_check);
}

#[test]
fn a_route_to_an_instance_means_its_primary_interface() {
    let target = "\"TransitGatewayId\": \"tgw-1\",\n                    \"Origin\": \"CreateRoute\",\n                    \"State\": \"active\"";
    let mut dump =
        changed("RouteTables", target, "\"InstanceId\": \"i-web\", \"State\": \"active\"");
    let (_, interfaces) =
        dump.iter_mut().find(|(path, _)| path.ends_with("/NetworkInterfaces.json")).unwrap();
    let attached = "\"InstanceId\": \"i-web\",\n                \"Status\": \"attached\"";
    assert_eq!(interfaces.matches(attached).count(), 1);
    *interfaces = interfaces.replace(attached, &format!("{attached}, \"DeviceIndex\": 0"));
    let Import { network, .. } = read(&dump);
    let found = routes(&network, "rtb-public");
    assert!(found.contains(&"10.7.0.0/16 -> eni-web".to_owned()), "{found:?}");
}

#[test]
fn the_table_of_an_internet_gateway_may_lead_through_an_appliance() {
    let edge = "\"RouteTableId\": \"rtb-edge\",\n            \"VpcId\": \"vpc-a\",\n            \"Routes\": [";
    let route = "{\"DestinationCidrBlock\": \"10.1.2.0/24\", \"NetworkInterfaceId\": \"eni-web\", \"State\": \"active\"},";
    let Import { network, .. } = read(&changed("RouteTables", edge, &format!("{edge}{route}")));
    let (_, gateway) = get!(network.internet_gateways, "igw-1");
    let table = &network.route_tables[gateway.route_table.unwrap()];
    let RouteTarget::Interface(key) = table.routes[0].target else { panic!("{table:?}") };
    assert_eq!(network.interfaces[key].meta.id, "eni-web");
    assert!(matches!(network.interfaces[key].owner, InterfaceOwner::Instance(_)));
}

#[test]
fn a_local_route_of_a_block_that_is_no_longer_associated_takes_no_part() {
    // 10.9.0.0/16 is disassociated.
    let target = "\"DestinationCidrBlock\": \"10.7.0.0/16\",\n                    \"TransitGatewayId\": \"tgw-1\"";
    let gone = "\"DestinationCidrBlock\": \"10.9.0.0/16\", \"GatewayId\": \"local\"";
    let import = read(&changed("RouteTables", target, gone));
    let found = routes(&import.network, "rtb-public");
    assert!(!found.iter().any(|route| route.starts_with("10.9.")), "{found:?}");
    assert!(unread(&import).iter().any(|line| line.ends_with(
        "a local route of `rtb-public` for a block that `vpc-a` no longer has: it takes no part"
    )));
}
