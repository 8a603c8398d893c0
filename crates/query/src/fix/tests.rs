//! Proposals for networks made by hand: which edits, in which order, and what they change besides.
//! Expected results are worked out from `docs/forwarding.md`.

use canreach_model::{
    AddressMatch, Border, ChainVerdict, Direction, Endpoint, FirewallList, Forwarding, HookPoint,
    InterfaceId, Policy, ProfileName, RouteTarget, RuleOwner, Setting, SubnetId, TransitTarget,
    VpcId,
};
use canreach_net::{PortRange, PortSet, Protocol};
use canreach_testkit::{
    Builder,
    builder::{
        address, allow, base_chain, chain, chain_ports, chain_rule, deny, far_side, ports, prefix,
        range,
    },
};

use super::*;
use crate::{End, Traffic};

const OPTIONS: Options = Options { rlimit: 50_000_000, explain: true };
const IN: Direction = Direction::Ingress;

/// Two VPCs with a machine each, 10.0.0.1 and 10.1.0.1; asked about is tcp 5432 from the one to the
/// other.
struct Site {
    lab: Builder,
    left: VpcId,
    right: VpcId,
    near: SubnetId,
    far: SubnetId,
    client: InterfaceId,
    server: InterfaceId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Generic);
        let (left, right) = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
        let near = lab.subnet(left, &["10.0.0.0/24"]);
        let far = lab.subnet(right, &["10.1.0.0/24"]);
        let client = lab.interface(near, &["10.0.0.1"]);
        let server = lab.interface(far, &["10.1.0.1"]);
        Self { lab, left, right, near, far, client, server }
    }

    /// With a peering, and a route on each side.
    fn peered() -> Self {
        let mut site = Self::new();
        let peering = site.lab.peering(site.left, site.right);
        let target = RouteTarget::Peering(peering);
        site.lab.route(site.lab.default_table(site.left), "10.1.0.0/16", target);
        site.lab.route(site.lab.default_table(site.right), "10.0.0.0/16", target);
        site
    }

    fn end(&self, id: InterfaceId) -> End {
        let own = &self.lab.network.interfaces[id].addresses;
        let endpoint = Endpoint::Interface(id);
        End { label: format!("{id:?}"), endpoint, addresses: own.iter().copied().collect() }
    }

    fn question(&self) -> Question {
        Question {
            from: String::from("from"),
            to: String::from("to"),
            sources: vec![self.end(self.client)],
            destinations: vec![self.end(self.server)],
            unowned: Vec::new(),
            traffic: Traffic::parse(None, Some("5432")).unwrap(),
            one_way: false,
        }
    }

    fn found(&self, goal: Goal) -> Fix {
        let network = self.lab.clone().build();
        fix(&network, &self.question(), goal, &OPTIONS, Effort::THOROUGH).unwrap()
    }

    fn proposals(&self) -> Vec<Vec<Edit>> {
        self.found(Goal::Open).proposals.into_iter().map(|it| it.edits).collect()
    }
}

#[test]
fn what_is_so_already_needs_no_proposal() {
    let site = Site::peered();
    let found = site.found(Goal::Open);
    assert!(found.nothing_to_do() && found.proposals.is_empty() && found.tried == 0);
    let found = Site::new().found(Goal::Close);
    assert!(found.nothing_to_do() && found.proposals.is_empty());
}

#[test]
fn a_peering_comes_with_a_route_on_each_side() {
    let site = Site::new();
    let proposals = site.proposals();
    let [edits] = proposals.as_slice() else { panic!("{proposals:#?}") };
    let (left, right) = (site.left, site.right);
    assert_eq!(edits[0], Edit::CreatePeering { requester: left, accepter: right });
    let routes: Vec<_> = edits[1..]
        .iter()
        .map(|edit| {
            let Edit::AddRoute { table, route } = edit else { panic!("{edit:?}") };
            (*table, route.destination)
        })
        .collect();
    // Each leads to the other subnet's block, no further.
    let (there, back) = (site.lab.default_table(left), site.lab.default_table(right));
    assert_eq!(routes, [(there, prefix("10.1.0.0/24")), (back, prefix("10.0.0.0/24"))]);
}

/// With a transit gateway to which one side is attached already, attaching the other one is fewer edits
/// than a peering with its routes.
#[test]
fn a_transit_gateway_that_is_there_is_used() {
    let mut site = Site::new();
    let hub = site.lab.transit_gateway();
    let table = site.lab.transit_table(hub);
    let attached = site.lab.attach_vpc(hub, site.right, &[], Some(table));
    site.lab.transit_route(table, "10.1.0.0/16", TransitTarget::Attachment(attached));
    let target = RouteTarget::TransitGateway(hub);
    site.lab.route(site.lab.default_table(site.left), "10.1.0.0/16", target);
    site.lab.route(site.lab.default_table(site.right), "10.0.0.0/16", target);
    let proposals = site.proposals();
    let first = proposals.first().unwrap();
    let attach = Edit::AttachTransit {
        gateway: hub,
        vpc: site.left,
        subnets: Vec::new(),
        table: Some(table),
    };
    assert!(first.contains(&attach), "{proposals:#?}");
    // The way back is missing in the gateway's table, and nothing else.
    let [_, Edit::AddTransitRoute { table: back, route }] = first.as_slice() else {
        panic!("{first:#?}")
    };
    assert_eq!((*back, route.destination), (table, prefix("10.0.0.0/24")));
}

#[test]
fn an_attachment_without_a_table_is_associated() {
    let mut site = Site::new();
    let hub = site.lab.transit_gateway();
    let table = site.lab.transit_table(hub);
    let left = site.lab.attach_vpc(hub, site.left, &[site.near], None);
    let right = site.lab.attach_vpc(hub, site.right, &[site.far], Some(table));
    site.lab.transit_route(table, "10.1.0.0/16", TransitTarget::Attachment(right));
    site.lab.transit_route(table, "10.0.0.0/16", TransitTarget::Attachment(left));
    let target = RouteTarget::TransitGateway(hub);
    site.lab.route(site.lab.default_table(site.left), "10.1.0.0/16", target);
    site.lab.route(site.lab.default_table(site.right), "10.0.0.0/16", target);
    let associate = Edit::AssociateTransit { attachment: left, table };
    assert_eq!(site.proposals().first(), Some(&vec![associate]));
}

/// A group with two rules that come near, and another machine in the server's subnet and group.
#[test]
fn the_smallest_change_comes_first_and_says_what_else_it_opens() {
    let mut site = Site::peered();
    let other = site.lab.interface(site.near, &["10.0.0.2"]);
    let udp = far_side(ports(allow(), Protocol::UDP, 5432, 5432), IN, "10.0.0.0/24");
    let group = site.lab.group(&[site.server], vec![udp], vec![allow()]);
    let found = site.found(Goal::Open);
    let [exact, changed] = found.proposals.as_slice() else { panic!("{:#?}", found.proposals) };
    let [Edit::AddRule { owner, rule, .. }] = exact.edits.as_slice() else { panic!("{exact:?}") };
    assert_eq!(*owner, RuleOwner::SecurityGroup(group));
    assert_eq!(rule.matches.source, AddressMatch::Range(range("10.0.0.1")));
    assert_eq!(exact.besides.count(), 0, "{:?}", exact.besides);
    // The rule for tcp instead of udp lets the other machine in as well, and closes udp.
    assert!(matches!(changed.edits.as_slice(), [Edit::ChangeRule { .. }]));
    let opened: Vec<Endpoint> =
        changed.besides.opened.iter().map(|pair| pair.from.endpoint).collect();
    assert_eq!(opened, [Endpoint::Interface(other)]);
    let closed = &changed.besides.traffic_closed;
    assert_eq!(closed.len(), 1);
    assert!(closed[0].protocols.contains(Protocol::UDP.0), "{closed:?}");
    assert_eq!(closed[0].destination_ports, PortSet::single(5432));
    assert!(changed.besides.opened.len() <= changed.besides.looked_at);
}

/// What is looked at is bounded, and what was left out is told.
#[test]
fn neighbours_beyond_the_limit_are_counted() {
    let mut site = Site::peered();
    for number in 2..30 {
        site.lab.interface(site.near, &[&format!("10.0.0.{number}")]);
    }
    site.lab.group(&[site.server], Vec::new(), Vec::new());
    let found = site.found(Goal::Open);
    let besides = &found.proposals[0].besides;
    // 16 of the Internet and 28 machines near the client; the Internet near the server.
    assert_eq!((besides.looked_at, besides.left_out), (17, 13));
}

#[test]
fn a_host_firewall_gets_a_rule_before_the_one_that_drops() {
    let mut site = Site::peered();
    let instance = site.lab.instance_of(site.server);
    let ssh = chain_ports(chain_rule(ChainVerdict::Accept), Protocol::TCP, 22, 22);
    let drop = chain_rule(ChainVerdict::Drop);
    let extra = chain("extra", vec![ssh, drop]);
    let input = base_chain(
        "INPUT",
        HookPoint::Input,
        Policy::Accept,
        vec![chain_rule(ChainVerdict::Jump(1))],
    );
    site.lab.host_firewall(instance, vec![input, extra]);
    let proposals = site.proposals();
    let [Edit::AddChainRule { chain, before, rule, .. }] = proposals[0].as_slice() else {
        panic!("{proposals:#?}")
    };
    // In the chain that drops, although packets enter another.
    assert_eq!((*chain, *before), (1, 1));
    assert_eq!(rule.verdict, ChainVerdict::Accept);
    assert_eq!(rule.matches.source, AddressMatch::Range(range("10.0.0.1")));
    assert_eq!(rule.matches.destination_ports, PortSet::single(5432));
}

/// A policy decides only for what comes to the end of the chain.
#[test]
fn a_rule_against_a_policy_stands_where_packets_come_by() {
    let mut site = Site::peered();
    let instance = site.lab.instance_of(site.server);
    let at = |site: &Site| {
        let proposals = site.proposals();
        let [Edit::AddChainRule { before, .. }] = proposals[0].as_slice() else {
            panic!("{proposals:#?}")
        };
        *before
    };
    let mut input = |rules| {
        let chain = base_chain("INPUT", HookPoint::Input, Policy::Drop, rules);
        site.lab.host_firewall(instance, vec![chain]);
        at(&site)
    };
    let ssh = chain_ports(chain_rule(ChainVerdict::Accept), Protocol::TCP, 22, 22);
    assert_eq!(input(vec![ssh.clone()]), 1, "at the end");
    assert_eq!(input(vec![ssh, chain_rule(ChainVerdict::Return)]), 0, "before what leaves it");
}

/// In Windows what blocks wins over what allows, so that only the block rule itself can be changed.
#[test]
fn a_windows_block_rule_is_narrowed_before_it_is_removed() {
    let mut site = Site::peered();
    let instance = site.lab.instance_of(site.server);
    let block = chain_ports(chain_rule(ChainVerdict::Drop), Protocol::TCP, 5000, 5999);
    site.lab.windows_firewall(instance, vec![block, chain_rule(ChainVerdict::Accept)], Vec::new());
    let found = site.found(Goal::Open);
    let [narrowed, removed] = found.proposals.as_slice() else { panic!("{:#?}", found.proposals) };
    let [Edit::ChangeChainRule { into, .. }] = narrowed.edits.as_slice() else {
        panic!("{narrowed:?}")
    };
    let left = PortSet::range(5000, 5431).union(&PortSet::range(5433, 5999));
    assert_eq!(into.matches.destination_ports, left);
    assert_eq!(narrowed.besides.count(), 0);
    assert_eq!(removed.edits, [Edit::RemoveChainRule { instance, chain: 0, index: 1 }]);
    assert_eq!(removed.besides.traffic_opened[0].destination_ports, left);
}

/// The black list comes before the rules, so that only the white list helps against it.
#[test]
fn a_cloud_firewall_is_opened_where_it_decides() {
    let mut site = Site::peered();
    let firewall = site.lab.cloud_firewall();
    for peering in site.lab.network.peerings.ids() {
        site.lab.network.peerings[peering].firewall = Some(firewall);
    }
    let owner = |list| RuleOwner::CloudFirewall(firewall, Border::Vpc, list);
    let first = |site: &Site| {
        let proposals = site.proposals();
        let [Edit::AddRule { owner, before, .. }] = proposals[0].as_slice() else {
            panic!("{proposals:#?}")
        };
        (*owner, *before)
    };
    site.lab.border(firewall, Border::Vpc).rules.ingress =
        vec![ports(allow(), Protocol::TCP, 22, 22), deny()];
    assert_eq!(first(&site), (owner(FirewallList::Rules), 1), "before the rule that denies");
    site.lab.border(firewall, Border::Vpc).black_list = vec![deny()];
    assert_eq!(first(&site), (owner(FirewallList::White), 0));
    // What the default denies gets a rule at the end.
    let border = site.lab.border(firewall, Border::Vpc);
    border.black_list = Vec::new();
    border.rules.ingress.pop();
    border.default = canreach_model::Action::Deny;
    assert_eq!(first(&site), (owner(FirewallList::Rules), 1));
}

/// The route leads to a machine that neither takes nor forwards what is for others.
#[test]
fn a_forwarding_machine_is_made_to_forward() {
    let mut site = Site::peered();
    // It stands in a subnet of its own, where the route leads on to the peering.
    let middle = site.lab.subnet(site.left, &["10.0.9.0/24"]);
    let appliance = site.lab.interface(middle, &["10.0.9.9"]);
    let instance = site.lab.instance_of(appliance);
    site.lab.network.interfaces[appliance].source_dest_check = true;
    site.lab.network.instances[instance].forwards = Setting::Decided(false);
    let table = site.lab.table(site.left);
    site.lab.network.subnets[site.near].route_table = table;
    site.lab.route(table, "10.1.0.0/16", RouteTarget::Interface(appliance));
    let both = [Edit::SwitchOffSourceDestCheck(appliance), Edit::SwitchOnForwarding(instance)];
    let has_both = |edits: &Vec<Edit>| both.iter().all(|edit| edits.contains(edit));
    let proposals = site.proposals();
    assert!(proposals.iter().any(has_both), "{proposals:#?}");
}

#[test]
fn a_load_balancer_gets_a_listener_like_the_others() {
    let mut site = Site::peered();
    let (balancer, front) = site.lab.load_balancer(site.far, &["10.1.0.8"]);
    let keep = Forwarding::KeepClient { bypasses_filters: false };
    let only = PortRange::single(443);
    site.lab.listener(balancer, Protocol::TCP, only, keep, &[("10.1.0.1", Some(5432))]);
    let mut question = site.question();
    let end = &mut question.destinations[0];
    end.endpoint = Endpoint::LoadBalancer(balancer);
    end.addresses = address("10.1.0.8").into();
    let network = site.lab.clone().build();
    let found = fix(&network, &question, Goal::Open, &OPTIONS, Effort::THOROUGH).unwrap();
    let [Edit::AddListener { listener, .. }] = found.proposals[0].edits.as_slice() else {
        panic!("{:#?} {front:?}", found.proposals)
    };
    assert_eq!((listener.ports, listener.forwarding), (PortRange::single(5432), keep));
    let targets: Vec<_> = listener.targets.iter().map(|it| (it.address, it.port)).collect();
    assert_eq!(targets, [(address("10.1.0.1"), None)], "the same machine, at the port asked for");
}

#[test]
fn a_connection_that_is_down_is_brought_up() {
    let mut site = Site::new();
    let remote = site.lab.remote_network(&["10.9.0.0/16"]);
    let connection = site.lab.connection(remote, Some(site.left), &["10.0.0.0/16"]);
    site.lab.network.connections[connection].up = false;
    let target = RouteTarget::Connection(connection);
    site.lab.route(site.lab.default_table(site.left), "10.9.0.0/16", target);
    let mut question = site.question();
    let end = &mut question.destinations[0];
    end.endpoint = Endpoint::Remote(remote);
    end.addresses = prefix("10.9.0.0/16").into();
    let network = site.lab.clone().build();
    let found = fix(&network, &question, Goal::Open, &OPTIONS, Effort::THOROUGH).unwrap();
    assert_eq!(found.proposals[0].edits, [Edit::BringUpConnection(connection)]);
    assert_eq!(found.proposals.len(), 1);
}

/// Two ways lead to the server: by the group's two rules. No single rule closes both.
#[test]
fn closing_takes_every_way_and_no_more() {
    let mut site = Site::peered();
    let exact = far_side(ports(allow(), Protocol::TCP, 5432, 5432), IN, "10.0.0.1");
    let wide = far_side(ports(allow(), Protocol::TCP, 5000, 5999), IN, "10.0.0.0/24");
    let group = site.lab.group(&[site.server], vec![exact, wide], vec![allow()]);
    let found = site.found(Goal::Close);
    let owner = RuleOwner::SecurityGroup(group);
    let at = |index| canreach_model::RuleRef { owner, direction: IN, index };
    let sets: Vec<Vec<Edit>> = found.proposals.iter().map(|it| it.edits.clone()).collect();
    let removes = |set: &Vec<Edit>, index| set.contains(&Edit::RemoveRule(at(index)));
    assert!(sets.iter().any(|set| removes(set, 0) && removes(set, 1)), "{sets:#?}");
    // The wide rule may lose the port alone.
    let narrowed = |set: &Vec<Edit>| {
        removes(set, 0) && set.iter().any(|edit| matches!(edit, Edit::ChangeRule { .. }))
    };
    assert!(sets.iter().any(narrowed), "{sets:#?}");
    // One route there, where the packet leaves its VPC, closes both; a rule alone does not.
    assert!(matches!(sets[0].as_slice(), [Edit::RemoveRoute(_)]), "{sets:#?}");
    for set in &sets {
        let rules = set.iter().filter(|edit| matches!(edit, Edit::RemoveRule(_))).count();
        assert!(set.len() > 1 || rules == 0, "{set:?}");
        let inside = |other: &&Vec<Edit>| *other != set && other.iter().all(|it| set.contains(it));
        assert_eq!(sets.iter().find(inside), None, "no proposal includes another");
    }
    for proposal in &found.proposals {
        assert_eq!(proposal.proof.delivered, Verdict::Unreachable);
    }
}

/// What a set does not need is left out: the group allows the flow already.
#[test]
fn a_proposal_has_no_edit_that_it_does_not_need() {
    let mut site = Site::new();
    site.lab.group(&[site.server], Vec::new(), Vec::new());
    for edits in site.proposals() {
        let network = site.lab.clone().build();
        for left_out in &edits {
            // Without what it creates, the others would refer to nothing.
            if matches!(left_out, Edit::CreatePeering { .. }) {
                continue;
            }
            let kept: Vec<Edit> = edits.iter().filter(|it| *it != left_out).cloned().collect();
            let edited = apply(&network, &kept);
            let answer = crate::ask(&edited, &site.question(), &OPTIONS).unwrap();
            assert_ne!(answer.verdict, Verdict::Reachable, "{left_out:?} is not needed");
        }
    }
}
