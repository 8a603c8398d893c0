//! Every kind of edit in words.

use canreach_model::{
    Border, ChainVerdict, DestinationTranslation, Direction, FirewallList, Forwarding, HookPoint,
    Listen, Policy, ProfileName, Route, RouteRef, RouteTarget, Rule, RuleOwner, RuleRef, Service,
    SourceTranslation, TransitRoute, TransitRouteRef, TransitTarget, TranslationSource,
};
use canreach_net::{PortRange, Protocol};
use canreach_query::fix::{Edit, apply};
use canreach_testkit::{
    Builder,
    builder::{
        address, allow, base_chain, chain_ports, chain_rule as rule_of_chain, deny, far_side,
        ports, prefix, translation,
    },
};

use super::{EditWords, edit_code};
use crate::words::Words;

const IN: Direction = Direction::Ingress;

fn ssh() -> Rule {
    far_side(ports(allow(), Protocol::TCP, 22, 22), IN, "10.0.0.1")
}

/// A network with one of everything, and an edit of every kind.
#[expect(clippy::too_many_lines, reason = "one of every kind")]
fn every_kind() -> (canreach_model::Network, Vec<Edit>) {
    let mut lab = Builder::new(ProfileName::Huawei);
    let (left, right) = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
    let subnet = lab.subnet(left, &["10.0.0.0/24"]);
    let interface = lab.interface(subnet, &["10.0.0.1"]);
    let instance = lab.instance_of(interface);
    let group = RuleOwner::SecurityGroup(lab.group(&[interface], vec![ssh()], Vec::new()));
    let numbered = |number, rule| Rule { number: Some(number), ..rule };
    let listed = vec![numbered(100, deny()), numbered(200, allow())];
    let acl = RuleOwner::NetworkAcl(lab.acl(&[subnet], listed, Vec::new()));
    let peering = lab.peering(left, right);
    lab.network.peerings[peering].status = canreach_model::PeeringStatus::PendingAcceptance;
    let table = lab.default_table(left);
    lab.route(table, "10.1.0.0/16", RouteTarget::Peering(peering));
    let gateway = lab.internet_gateway(right);
    let public = lab.public_address("203.0.113.1", interface);
    let nat = lab.nat_at_vpc(left);
    let firewall = lab.cloud_firewall();
    lab.border(firewall, Border::Internet).rules.ingress = vec![deny()];
    let service = |listen| Service {
        name: Some(String::from("redis")),
        protocol: Protocol::TCP,
        ports: PortRange::single(6379),
        listen,
        origin: allow().origin,
    };
    let loopback = Listen::Address(address("127.0.0.1"));
    lab.network.instances[instance].services = Some(vec![service(loopback)]);
    let accept = chain_ports(rule_of_chain(ChainVerdict::Accept), Protocol::TCP, 22, 22);
    let drop = rule_of_chain(ChainVerdict::Drop);
    let input = base_chain("INPUT", HookPoint::Input, Policy::Drop, vec![drop]);
    lab.host_firewall(instance, vec![input]);
    let hub = lab.transit_gateway();
    let hub_table = lab.transit_table(hub);
    let attachment = lab.attach_vpc(hub, left, &[subnet], None);
    lab.transit_route(hub_table, "10.0.0.0/16", TransitTarget::Blackhole);
    let remote = lab.remote_network(&["10.9.0.0/16"]);
    let connection = lab.connection(remote, Some(left), &[]);
    let (balancer, _) = lab.load_balancer(subnet, &["10.0.0.8"]);
    let port = PortRange::single(443);
    lab.listener(balancer, Protocol::TCP, port, Forwarding::Proxy, &[("10.0.0.1", None)]);
    let listener = lab.network.load_balancers[balancer].listeners[0].clone();
    let target = listener.targets[0].clone();
    let at = |owner, index| RuleRef { owner, direction: IN, index };
    let add = |owner, before, rule| Edit::AddRule { owner, direction: IN, before, rule };
    let cfw = |list| RuleOwner::CloudFirewall(firewall, Border::Internet, list);
    let route = RouteRef { table, index: 0 };
    let hub_route = TransitRouteRef { table: hub_table, index: 0 };
    let blackhole = RouteTarget::Blackhole;
    let origin = allow().origin;
    let one = address("203.0.113.9");
    let edits = vec![
        add(group, 1, ssh()),
        add(group, 1, Rule { priority: Some(1), ..ssh() }),
        add(acl, 0, numbered(90, ssh())),
        add(cfw(FirewallList::Rules), 0, ssh()),
        add(cfw(FirewallList::White), 0, ssh()),
        add(RuleOwner::ListenerAccess(balancer, 0), 0, ssh()),
        Edit::MoveRule { rule: at(acl, 1), before: 0, number: Some(50), priority: None },
        Edit::MoveRule { rule: at(group, 0), before: 0, number: None, priority: Some(2) },
        Edit::RemoveRule(at(acl, 0)),
        Edit::ChangeRule { rule: at(group, 0), direction: IN, into: allow() },
        Edit::ChangeRule { rule: at(group, 0), direction: Direction::Egress, into: allow() },
        Edit::AddChainRule { instance, chain: 0, before: 0, rule: accept.clone() },
        Edit::RemoveChainRule { instance, chain: 0, index: 0 },
        Edit::ChangeChainRule { instance, chain: 0, index: 0, into: accept },
        Edit::AddSecurityGroup(interface),
        Edit::AddRoute {
            table,
            route: Route {
                destination: prefix("10.2.0.0/16"),
                target: blackhole,
                origin: origin.clone(),
            },
        },
        Edit::ChangeRoute { route, target: blackhole },
        Edit::RemoveRoute(route),
        Edit::CreatePeering { requester: left, accepter: right },
        Edit::ActivatePeering(peering),
        Edit::MoveInterface {
            interface,
            subnet,
            from: address("10.0.0.1"),
            to: address("10.0.0.7"),
        },
        Edit::AddService { instance, service: service(Listen::AnyV4) },
        Edit::RebindService { instance, index: 0, listen: Listen::Any },
        Edit::RemoveService { instance, index: 0 },
        Edit::AssociatePublicAddress {
            public: None,
            address: one,
            interface,
            private: address("10.0.0.1"),
        },
        Edit::DisassociatePublicAddress(public),
        Edit::AttachInternetGateway { gateway, vpc: left },
        Edit::CreateInternetGateway(left),
        Edit::AllowInternetGateway(interface),
        Edit::AddNatAddress { public: Some(public), address: address("203.0.113.1"), gateway: nat },
        Edit::AddSourceTranslation {
            gateway: nat,
            translation: SourceTranslation {
                source: TranslationSource::Cidr(prefix("10.0.0.1/32")),
                addresses: vec![one],
                origin: origin.clone(),
            },
        },
        Edit::AddDestinationTranslation {
            gateway: nat,
            translation: DestinationTranslation {
                origin: origin.clone(),
                ..translation(("203.0.113.9", 8443), ("10.0.0.1", 443), Protocol::TCP)
            },
        },
        Edit::AttachTransit { gateway: hub, vpc: right, subnets: vec![], table: Some(hub_table) },
        Edit::AddAttachmentSubnet { attachment, subnet },
        Edit::AssociateTransit { attachment, table: hub_table },
        Edit::AddTransitRoute {
            table: hub_table,
            route: TransitRoute {
                destination: prefix("10.1.0.0/16"),
                target: TransitTarget::Attachment(attachment),
                origin,
            },
        },
        Edit::ChangeTransitRoute {
            route: hub_route,
            target: TransitTarget::Attachment(attachment),
        },
        Edit::RemoveTransitRoute(hub_route),
        Edit::BringUpConnection(connection),
        Edit::Advertise { connection, prefix: prefix("10.0.0.0/16") },
        Edit::SwitchOffSourceDestCheck(interface),
        Edit::SwitchOnForwarding(instance),
        Edit::AddListener { balancer, listener },
        Edit::AddTarget { balancer, listener: 0, target },
    ];
    (lab.build(), edits)
}

#[test]
fn every_kind_of_edit_is_one_phrase() {
    let (network, edits) = every_kind();
    let mut lines = Vec::new();
    for edit in &edits {
        let edited = apply(&network, std::slice::from_ref(edit));
        let words = EditWords::new(Words { network: &network, anywhere: false }, &edited);
        let told = words.edit(edit);
        lines.push(format!("{}: {}", edit_code(edit), told.text));
    }
    let mut codes: Vec<&str> = edits.iter().map(edit_code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 37, "every kind is there");
    insta::assert_snapshot!(lines.join("\n"), @r"
    add-rule: add an ingress rule to security group `sg-0`: allow tcp 22 from 10.0.0.1
    add-rule: add an ingress rule with priority 1 to security group `sg-0`: allow tcp 22 from 10.0.0.1
    add-rule: add ingress rule 90 to network ACL `acl-0`, before rule 100: allow tcp 22 from 10.0.0.1
    add-rule: add an inbound rule to cloud firewall `cfw-0` at the Internet border, before rule 1: allow tcp 22 from 10.0.0.1
    add-rule: add to the white list of cloud firewall `cfw-0` at the Internet border: allow tcp 22 from 10.0.0.1
    add-rule: add a rule to access list of load balancer `lb-0`: allow tcp 22 from 10.0.0.1
    move-rule: move ingress rule 200 of network ACL `acl-0` (allow everything from anywhere) before rule 100, as number 50
    move-rule: give priority 2 to ingress rule 1 of security group `sg-0` (allow tcp 22 from 10.0.0.1)
    remove-rule: remove ingress rule 100 of network ACL `acl-0` (deny everything from anywhere)
    change-rule: change ingress rule 1 of security group `sg-0` (allow tcp 22 from 10.0.0.1) to allow everything from anywhere
    change-rule: change ingress rule 1 of security group `sg-0` (allow tcp 22 from 10.0.0.1) to an egress rule: allow everything to anywhere
    add-chain-rule: add a rule to host firewall of i-0, chain `INPUT`, before rule 1: accept tcp 22 from anywhere
    remove-chain-rule: remove rule 1 of host firewall of i-0, chain `INPUT` (drop everything from anywhere)
    change-chain-rule: change rule 1 of host firewall of i-0, chain `INPUT` (drop everything from anywhere) to accept tcp 22 from anywhere
    add-security-group: put i-0 into a security group of its own, `sg-eni-0`
    add-route: add to route table `rt-0` a route 10.2.0.0/16 to nowhere (blackhole)
    change-route: let route 10.1.0.0/16 of route table `rt-0` (to peering `pcx-0`) lead to nowhere (blackhole) instead
    remove-route: remove route 10.1.0.0/16 of route table `rt-0` (to peering `pcx-0`)
    create-peering: peer VPC `vpc-0` with VPC `vpc-1`
    activate-peering: accept peering `pcx-0`
    move-interface: move i-0 to subnet `subnet-0`, with 10.0.0.7 instead of 10.0.0.1
    add-service: let a service on i-0 listen on 6379/tcp, every IPv4 address
    rebind-service: let `redis` on i-0 listen on every address
    remove-service: stop `redis` on i-0
    associate-public-address: give i-0 (10.0.0.1) a public address (written as 203.0.113.9 here)
    disassociate-public-address: take away public address 203.0.113.1
    attach-internet-gateway: attach Internet gateway `igw-0` to VPC `vpc-0`
    create-internet-gateway: create an Internet gateway and attach it to VPC `vpc-0`
    allow-internet-gateway: let the provider allow interface `eni-0` traffic through an Internet gateway
    add-nat-address: let public address 203.0.113.1 stand for NAT gateway `nat-0`
    add-source-translation: add to NAT gateway `nat-0` a source translation of 10.0.0.1 to 203.0.113.9
    add-destination-translation: add to NAT gateway `nat-0` a destination translation of 203.0.113.9 tcp 8443 to 10.0.0.1 port 443
    attach-transit-gateway: attach VPC `vpc-1` to transit gateway `tgw-0`, associated with route table `tgw-rtb-0`
    add-attachment-subnet: let attachment `tgw-attach-0` go through subnet `subnet-0` too
    associate-attachment: associate attachment `tgw-attach-0` with route table `tgw-rtb-0`
    add-transit-route: add to route table `tgw-rtb-0` of transit gateway `tgw-0` a route 10.1.0.0/16 to attachment `tgw-attach-0`
    change-transit-route: let route 10.0.0.0/16 of route table `tgw-rtb-0` of transit gateway `tgw-0` (to nowhere (blackhole)) lead to attachment `tgw-attach-0` instead
    remove-transit-route: remove route 10.0.0.0/16 of route table `tgw-rtb-0` of transit gateway `tgw-0` (to nowhere (blackhole))
    bring-up-connection: bring up VPN connection `vpn-0`
    advertise: advertise 10.0.0.0/16 through VPN connection `vpn-0`
    switch-off-source-dest-check: switch off the source/destination check of interface `eni-0`
    switch-on-forwarding: let i-0 forward packets
    add-listener: add to load balancer `lb-0` a listener for 443/tcp, with target 10.0.0.1
    add-target: add target 10.0.0.1 to listener 1 of load balancer `lb-0`
    ");
}
