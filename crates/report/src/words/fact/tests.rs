use canreach_model::{Forwarding, ProfileName};
use canreach_net::{PortRange, Protocol};
use canreach_testkit::{Builder, builder::address};

use super::*;

fn told(network: &canreach_model::Network, chooser: Chooser, index: usize) -> String {
    let picks = [(chooser, index)].into();
    let words = Words { network, anywhere: false };
    let choices = words.choices(&Choices { picks, ..Choices::default() });
    choices.into_iter().map(|choice| choice.text).collect()
}

#[test]
fn a_nat_gateway_in_a_subnet_picks_an_address_of_its_own() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.1.0/24"]);
    let (nat, own) = lab.nat_in_subnet(subnet, "10.0.1.5");
    lab.network.interfaces[own].addresses = vec![address("2001:db8::5"), address("10.0.1.6")];
    let network = lab.build();
    let chooser = Chooser::SourceTranslation(nat);
    assert_eq!(told(&network, chooser, 0), "NAT gateway `nat-0` picks its address 10.0.1.6");
}

#[test]
fn in_appliance_mode_it_is_said_which_subnet_is_entered() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnets = ["10.0.1.0/24", "10.0.2.0/24"].map(|block| lab.subnet(vpc, &[block]));
    let hub = lab.transit_gateway();
    let table = lab.transit_table(hub);
    let attachment = lab.attach_vpc(hub, vpc, &subnets, Some(table));
    let network = lab.build();
    let name = network.subnets[subnets[1]].meta.label();
    let by = network.transit_attachments[attachment].meta.label();
    assert_eq!(
        told(&network, Chooser::ApplianceSubnet(attachment), 1),
        format!("what comes by attachment `{by}` enters subnet `{name}`")
    );
}

#[test]
fn a_target_is_named_where_every_packet_has_the_same_to_pick_from() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.1.0/24"]);
    let (balancer, own) = lab.load_balancer(subnet, &["10.0.1.50"]);
    let targets = [("10.0.1.10", None), ("10.0.1.11", None)];
    let tcp = (Protocol::TCP, PortRange::single(80));
    let listener = lab.listener(balancer, tcp.0, tcp.1, Forwarding::ReplaceClient, &targets);
    let chooser = Chooser::Target(balancer, listener);
    let of_all = "load balancer `lb-0` picks target 10.0.1.11";
    assert_eq!(told(&lab.network, chooser, 1), of_all);
    let alone = Some(vec![own]);
    lab.network.load_balancers[balancer].listeners[listener].targets[0].nodes = alone;
    let of_some = "load balancer `lb-0` picks target number 2";
    assert_eq!(told(&lab.network, chooser, 1), of_some);
}
