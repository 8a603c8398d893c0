//! Answers made by hand, for what sessions on the command line do not come across.

use std::net::IpAddr;

use canreach_eval::{Decision, End as TraceEnd, Hop, Outcome, RoundTrip, Trace};
use canreach_model::{
    Across, Checkpoint, Choices, Chooser, Direction, Endpoint, InterfaceId, Layer, NatGatewayId,
    Network, NetworkAclId, Obstacle, Origin, Pass, PeeringId, PeeringStatus, Place, Polarity,
    ProfileName, RouteRef, RouteTarget, RuleOwner, RuleRef, SecurityGroupId, Translator, Valuation,
    VpcId,
};
use canreach_net::{Header, Icmp, PortSet, Ports, Protocol, ProtocolSet, RangeSet, Transport};
use canreach_query::{
    Answer, Blocker, Blocking, Cause, Correction, DecidingFact, Difference, End, EndState,
    NearMiss, Open, Proof, Question, Scope, Traffic, Verdict, WalkAnswer, Warning, Witness,
};
use canreach_testkit::{
    Builder,
    builder::{allow, deny, far_side, ports},
};

use crate::{json, text, words::Words};

/// Two peered VPCs, each with a machine; the second has a NAT gateway.
struct World {
    network: Network,
    left: VpcId,
    right: VpcId,
    web: InterfaceId,
    db: InterfaceId,
    group: SecurityGroupId,
    acl: NetworkAclId,
    nat: NatGatewayId,
    peering: PeeringId,
    route: RouteRef,
}

fn world() -> World {
    let mut builder = Builder::new(ProfileName::Huawei);
    let left = builder.vpc(&["10.0.0.0/16"]);
    let right = builder.vpc(&["10.1.0.0/16"]);
    let web_subnet = builder.subnet(left, &["10.0.1.0/24"]);
    let db_subnet = builder.subnet(right, &["10.1.2.0/24"]);
    let web = builder.interface(web_subnet, &["10.0.1.10"]);
    let db = builder.interface(db_subnet, &["10.1.2.20"]);
    let ingress =
        vec![ports(far_side(allow(), Direction::Ingress, "10.9.0.0/16"), Protocol::TCP, 22, 22)];
    let group = builder.group(&[db], ingress, Vec::new());
    let acl = builder.acl(&[db_subnet], vec![deny(), allow()], Vec::new());
    let nat = builder.nat_at_vpc(right);
    let peering = builder.peering(left, right);
    let table = builder.default_table(left);
    builder.route(table, "10.1.0.0/16", RouteTarget::Peering(peering));
    builder.fact(Polarity::Helps);
    let (web_1, db_1) = (builder.instance_of(web), builder.instance_of(db));
    let mut network = builder.build();
    network.instances[web_1].meta.name = Some("web-1".into());
    network.instances[db_1].meta.name = Some("db-1".into());
    let route = RouteRef { table, index: 0 };
    World { network, left, right, web, db, group, acl, nat, peering, route }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn header(source: &str, destination: &str) -> Header {
    let ports = Ports { source: 40000, destination: 5432 };
    Header {
        source: address(source),
        destination: address(destination),
        transport: Transport::Tcp(ports),
    }
}

fn end(label: &str, interface: InterfaceId, text: &str) -> End {
    End {
        label: label.into(),
        endpoint: Endpoint::Interface(interface),
        addresses: address(text).into(),
    }
}

/// An answer without anything but a verdict.
fn answer(world: &World, verdict: Verdict) -> Answer {
    Answer {
        question: Question {
            from: "web-1".into(),
            to: "db-1".into(),
            sources: vec![end("web-1", world.web, "10.0.1.10")],
            destinations: vec![end("db-1", world.db, "10.1.2.20")],
            unowned: Vec::new(),
            traffic: Traffic::parse(None, Some("5432")).unwrap(),
            one_way: false,
        },
        verdict,
        delivered: verdict,
        answered: verdict,
        scope: Scope::Service,
        not_examined: Vec::new(),
        witness: None,
        open: Vec::new(),
        ends: vec![EndState { source: 0, destination: 0, verdict, delivered: verdict }],
        walks: Vec::new(),
        causes: Vec::new(),
        corrections: Vec::new(),
        corrections_complete: true,
        proposals: Vec::new(),
        near_misses: Vec::new(),
        deciding: Vec::new(),
        warnings: Vec::new(),
        proof: Proof { solver: "Z3 5.3.3.0".into(), walks: 2, checks: 7, rlimit: 1000, probes: 40 },
    }
}

fn blocker(blocking: Blocking, pass: Pass, cause: Cause) -> Blocker {
    let header = Some(header("10.0.1.10", "10.1.2.20"));
    Blocker { pass, blocking, header, if_arrived: false, cause }
}

fn group_blocker(world: &World) -> Blocker {
    let checkpoint =
        Checkpoint { layer: Layer::SecurityGroups(world.db), direction: Direction::Ingress };
    blocker(
        Blocking::Filter { checkpoint, rule: None, default: None },
        Pass::Request,
        Cause::SgPort,
    )
}

fn acl_blocker(world: &World) -> Blocker {
    let subnet = world.network.interfaces[world.db].subnet;
    let layer = Layer::NetworkAcl(world.acl, subnet);
    let owner = RuleOwner::NetworkAcl(world.acl);
    let rule = Some(RuleRef { owner, direction: Direction::Ingress, index: 0 });
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    blocker(Blocking::Filter { checkpoint, rule, default: None }, Pass::Request, Cause::AclDeny)
}

fn obstacle_blocker(obstacle: Obstacle, route: Option<RouteRef>, cause: Cause) -> Blocker {
    blocker(Blocking::Obstacle { obstacle, route }, Pass::Reply, cause)
}

fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

fn rendered(world: &World, answer: &Answer) -> String {
    // Every document can be written, whatever the answer is.
    serde_json::to_string(&json::answer(&world.network, answer)).unwrap();
    let text = plain(&text::answer(&world.network, answer));
    for line in text.lines() {
        assert!(line.chars().count() <= text::layout::WIDTH, "{line}");
        assert_eq!(line, line.trim_end(), "nothing but text at the end of a line");
    }
    text
}

#[test]
fn each_walk_that_is_stopped_otherwise_is_told_apart() {
    let mut world = world();
    world.network.peerings[world.peering].status = PeeringStatus::Rejected;
    let mut answer = answer(&world, Verdict::Unreachable);
    let way = |middle: &[Place]| {
        let ends = [Place::Interface(world.web), Place::Interface(world.db)];
        [&ends[..1], middle, &ends[1..]].concat()
    };
    let walk = |request: Vec<Place>, blockers, together| WalkAnswer {
        ends: (0, 0),
        request,
        reply: Vec::new(),
        blockers,
        together,
    };
    let behind = Blocker { if_arrived: true, ..group_blocker(&world) };
    let inactive = Obstacle::PeeringInactive(world.peering);
    answer.walks = vec![
        walk(
            way(&[Place::Router(world.left), Place::Peering(world.peering)]),
            vec![acl_blocker(&world), behind],
            vec![],
        ),
        walk(
            way(&[Place::Internet]),
            vec![],
            vec![vec![
                group_blocker(&world),
                obstacle_blocker(inactive, Some(world.route), Cause::PeeringInactive),
            ]],
        ),
    ];
    answer.causes = vec![Cause::SgPort, Cause::AclDeny];
    answer.corrections = vec![
        Correction { changes: vec![group_blocker(&world)] },
        Correction {
            changes: vec![
                acl_blocker(&world),
                obstacle_blocker(inactive, None, Cause::PeeringInactive),
            ],
        },
    ];
    answer.corrections_complete = false;
    insta::assert_snapshot!(rendered(&world, &answer), @r"
    UNREACHABLE  web-1 (10.0.1.10) -> db-1 (10.1.2.20) 5432/tcp

      walk         web-1 -> router of VPC `vpc-0` -> peering `pcx-0` -> db-1
      stopped by   network ACL `acl-0`, ingress rule 1: deny everything from anywhere (at subnet
                   `subnet-1`)                                                    (made by the provider)
      also by      security group `sg-0` of db-1, ingress: no rule matches, and what no rule allows is
                   denied (if it arrived)                                         (made by the provider)

      walk         web-1 -> the Internet -> db-1
      stopped by   these together, none of them alone:
                     security group `sg-0` of db-1, ingress: no rule matches, and what no rule allows
                       is denied                                                  (made by the provider)
                     on the way back, peering `pcx-0` is not active: the other side rejected it; it is
                       sent there by route table `rt-0`, route 10.1.0.0/16 to peering `pcx-0`
                                                                                  (made by the provider)

      cause        SG_PORT: a security-group rule would allow it, but for another port or ICMP type
                   (elsewhere: ENI_SG_RULES_MISMATCH, FIREWALL_RULE)
                   ACL_DENY: the network ACL denies the request (elsewhere: SUBNET_ACL_RESTRICTION)
      to open it   allow it in security group `sg-0` of db-1, ingress             (made by the provider)
      or           change both:
                     (1) allow it in network ACL `acl-0` of subnet `subnet-1`, ingress
                                                                                  (made by the provider)
                     (2) for the reply, create again peering `pcx-0`              (made by the provider)
                   there may be other ways

      proof        Z3 5.3.3.0: no packet on any of 2 walks, any source port; replayed with 40 packets at
                   the edges of the rules
      assumes      nothing
    ");
}

#[test]
fn an_intermittent_answer_names_the_choice_that_fails() {
    let world = world();
    let mut answer = answer(&world, Verdict::Reachable);
    let sent = header("10.0.1.10", "10.1.2.20");
    let rewritten = header("203.0.113.20", "10.1.2.20");
    let hop = |place, header| Hop {
        place,
        header,
        decisions: Vec::new(),
        route: None,
        transit_route: None,
    };
    let layer = Layer::SecurityGroups(world.db);
    let owner = RuleOwner::SecurityGroup(world.group);
    let rule = RuleRef { owner, direction: Direction::Ingress, index: 0 };
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    let decision = Decision { checkpoint, header: rewritten, outcome: Outcome::Allowed(rule) };
    let arrival = Hop { decisions: vec![decision], ..hop(Place::Interface(world.db), rewritten) };
    let request = Trace {
        hops: vec![
            hop(Place::Interface(world.web), sent),
            hop(Place::NatGateway(world.nat), rewritten),
            arrival,
        ],
        end: TraceEnd::Delivered(Endpoint::Interface(world.db)),
    };
    answer.witness = Some(Witness {
        header: sent,
        ends: (0, 0),
        valuation: Valuation::default(),
        choices: Choices {
            ports: [(Translator::NatGateway(world.nat), 1024)].into(),
            picks: [(Chooser::SourceTranslation(world.nat), 0)].into(),
        },
        trace: RoundTrip { to: Endpoint::Interface(world.db), request, reply: None },
        intermittent: Some(Choices {
            ports: [].into(),
            picks: [(Chooser::SourceTranslation(world.nat), 1)].into(),
        }),
    });
    let part = |verdict, destination_ports| Open {
        protocols: ProtocolSet::single(Protocol::TCP.0),
        destination_ports,
        icmp_types: RangeSet::all(),
        verdict,
    };
    answer.open = vec![
        part(Verdict::Reachable, PortSet::single(5432)),
        part(Verdict::Unknown, PortSet::range(6000, 6010)),
    ];
    insta::assert_snapshot!(rendered(&world, &answer), @r"
    REACHABLE (intermittent)  web-1 (10.0.1.10) -> db-1 (10.1.2.20) 5432/tcp

      for example  10.0.1.10:40000 -> 10.1.2.20:5432 tcp
      when         NAT gateway `nat-0` picks source port 1024
                   NAT gateway `nat-0` picks the address number 1 of its translation

      there        web-1
                   NAT gateway `nat-0`, now 203.0.113.20:40000 -> 10.1.2.20:5432 tcp
                   db-1
                     security group `sg-0`, ingress rule 1: allow tcp 22 from 10.9.0.0/16
                                                                                  (made by the provider)

      intermittent this very flow does not pass when
                   NAT gateway `nat-0` picks the address number 2 of its translation

      open         tcp 5432
      unknown      tcp 6000-6010

      proof        Z3 5.3.3.0: 2 walks looked at; the flow above was replayed place by place
      assumes      nothing
    ");
}

#[test]
fn an_unknown_answer_says_which_facts_decide() {
    let world = world();
    let mut answer = answer(&world, Verdict::Unknown);
    answer.delivered = Verdict::Reachable;
    let facts: Vec<_> = world.network.facts.ids().collect();
    let fact = |index: usize, value| DecidingFact { fact: facts[index], value };
    answer.deciding = vec![vec![fact(1, true)], vec![fact(0, false), fact(2, true)]];
    answer.warnings = vec![Warning::LimitReached("the walks are more than 1000".into())];
    insta::assert_snapshot!(rendered(&world, &answer), @r"
    UNKNOWN (the request is delivered, the reply may not return)  web-1 (10.0.1.10) -> db-1 (10.1.2.20)
                                                                  5432/tcp

      passes if    Huawei Cloud forwards packets through a VPC, from one peering (or enterprise router,
                   VPN, Direct Connect) into another
      or if        it is not so that a Huawei Cloud security-group rule without `priority` has priority
                   1, not 100
      and          fact 2 holds
      to settle it `settings: {peering_to_peering: …}`
                   write the `priority` of every rule, or `settings: {default_priority: …}`
                   decide it

      warning      the walks are more than 1000; what lies beyond it is undecided
      proof        Z3 5.3.3.0: 2 walks looked at
      assumes      nothing
    ");
}

#[test]
fn many_ends_are_folded() {
    let world = world();
    let mut answer = answer(&world, Verdict::Reachable);
    answer.question.from = "subnet:web".into();
    let sources = (1..=40).map(|number| end(&format!("web-{number}"), world.web, "10.0.1.10"));
    answer.question.sources = sources.collect();
    answer.ends = (0..40)
        .map(|source| {
            let (verdict, delivered) = match source {
                0..5 => (Verdict::Reachable, Verdict::Reachable),
                5..7 => (Verdict::Unreachable, Verdict::Reachable),
                7 => (Verdict::Unknown, Verdict::Unknown),
                _ => (Verdict::Unreachable, Verdict::Unreachable),
            };
            EndState { source, destination: 0, verdict, delivered }
        })
        .collect();
    insta::assert_snapshot!(rendered(&world, &answer), @r"
    REACHABLE  subnet:web (40 ends) -> db-1 (10.1.2.20) 5432/tcp

      open         5 of 40: web-1, web-2, web-3, web-4, web-5
      half open    2 of 40 (the request is delivered, no reply returns): web-6, web-7
      closed       32 of 40: web-9, web-10, web-11, web-12, web-13, web-14, web-15, web-16, and 24 more
      unknown      1 of 40: web-8

      proof        Z3 5.3.3.0: 2 walks looked at; the flow above was replayed place by place
      assumes      nothing
    ");
}

#[test]
fn every_obstacle_is_said_and_mended_in_words() {
    let mut world = world();
    world.network.peerings[world.peering].status = PeeringStatus::PendingAcceptance;
    let table = world.network.vpcs[world.left].default_route_table;
    let gateway = Builder::new(ProfileName::Generic).internet_gateway(world.left);
    let mut builder =
        Builder { network: world.network.clone(), ..Builder::new(ProfileName::Generic) };
    builder.internet_gateway(world.left);
    world.network = builder.network;
    let (left, right, peering, nat, web) =
        (world.left, world.right, world.peering, world.nat, world.web);
    let obstacles = [
        Obstacle::NoRoute(table),
        Obstacle::Blackhole(world.route),
        Obstacle::NoPeering(left, right),
        Obstacle::PeeringInactive(peering),
        Obstacle::PeeringElsewhere(peering, right),
        Obstacle::NotTransitive(Across::Peering(peering), right),
        Obstacle::GatewayNotAttached(gateway, right),
        Obstacle::NoInternetGateway(right),
        Obstacle::EgressOnly(gateway),
        Obstacle::NoPublicAddress(web),
        Obstacle::InternetGatewayDenied(web),
        Obstacle::NatElsewhere(nat, left),
        Obstacle::NatProtocol(nat),
        Obstacle::NoSourceTranslation(nat),
        Obstacle::NoDestinationTranslation(nat),
        Obstacle::NobodyHas(right, address("10.1.2.99")),
        Obstacle::AnotherHas(web),
        Obstacle::PublicAddressUnused(address("203.0.113.40")),
        Obstacle::Detached(web),
        Obstacle::NotRoutedOnInternet(address("10.1.2.20")),
        Obstacle::RoutingLoop(Place::Router(right)),
        Obstacle::ReplyChanged,
        Obstacle::NoAnswer,
    ];
    let answer = answer(&world, Verdict::Unreachable);
    let words = Words::new(&world.network, &answer);
    let told = obstacles.map(|obstacle| {
        let blocker =
            Blocker { pass: Pass::Request, ..obstacle_blocker(obstacle, None, Cause::NoRoute) };
        format!("{}\n    {}", words.blocker(&blocker).text, words.change(&blocker).text)
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    route table `rt-0` has no route to 10.1.2.20
        give route table `rt-0` a route to 10.1.2.20
    route table `rt-0`, route 10.1.0.0/16 to peering `pcx-0`, drops what it matches
        let this route lead somewhere: route table `rt-0`, route 10.1.0.0/16 to peering `pcx-0`
    no peering joins VPC `vpc-0` and VPC `vpc-1`
        peer VPC `vpc-0` with VPC `vpc-1`
    peering `pcx-0` is not active: the other side has not accepted it
        accept peering `pcx-0`
    peering `pcx-0` does not end in VPC `vpc-1`
        route it elsewhere than to peering `pcx-0`, which does not end in VPC `vpc-1`
    what comes by peering `pcx-0` may not leave VPC `vpc-1` again: the provider does not carry it on
        join the two networks directly, not through VPC `vpc-1`
    Internet gateway `igw-0` is not attached to VPC `vpc-1`
        attach Internet gateway `igw-0` to VPC `vpc-1`
    VPC `vpc-1` has no Internet gateway that would let it in
        attach an Internet gateway to VPC `vpc-1`
    Internet gateway `igw-0` carries only IPv6 packets out, and replies to them
        route it to an Internet gateway that is not egress-only
    web-1 has no public address
        give web-1 a public address
    the provider refuses interface `eni-0` any traffic through an Internet gateway
        let the provider allow interface `eni-0` traffic through an Internet gateway
    NAT gateway `nat-0` serves another VPC than VPC `vpc-0`
        route it to a NAT gateway of VPC `vpc-0`
    NAT gateway `nat-0` does not translate IPv4 tcp
        route it elsewhere than to NAT gateway `nat-0`, which does not translate it
    NAT gateway `nat-0` has no source translation for 10.0.1.10
        add a source translation for 10.0.1.10 to NAT gateway `nat-0`
    NAT gateway `nat-0` has no destination translation for what arrives at 10.1.2.20
        add a destination translation for 10.1.2.20 to NAT gateway `nat-0`
    nobody in VPC `vpc-1` has 10.1.2.99
        give an interface of VPC `vpc-1` the address 10.1.2.99
    in VPC `vpc-0`, 10.1.2.20 is web-1: it arrives there
        use an address that VPC `vpc-0` does not have
    public address 203.0.113.40 stands for nothing
        let public address 203.0.113.40 stand for an interface
    interface `eni-0` is plugged into nothing
        attach interface `eni-0` to an instance
    the Internet does not route 10.1.2.20
        keep it off the Internet, which does not route 10.1.2.20
    the packet comes back to VPC `vpc-1` unchanged, again and again
        change one of the routes that send it back to VPC `vpc-1`
    the reply does not return from the address and port that the request went to
        send the reply back through what translated the request
    such a message has no answer: it is an ICMP error, or a reply itself
        ask about a message that has an answer
    ");
}

#[test]
fn every_warning_is_said_in_words() {
    let world = world();
    let answer = answer(&world, Verdict::Reachable);
    let words = Words::new(&world.network, &answer);
    let warnings = [
        Warning::NoEphemeralPort,
        Warning::NotRunning(false, 0),
        Warning::NotRunning(true, 0),
        Warning::SeveralInterfaces(0),
        Warning::NoCommonFamily(0, 0),
        Warning::NotPing,
        Warning::HighRiskPort(Protocol::TCP, 445),
        Warning::LimitReached("the solver's resource limit was reached".into()),
        Warning::AddressWithoutOwner("10.1.2.99".into()),
    ];
    let told = warnings.map(|warning| words.warning(&warning, &answer));
    insta::assert_snapshot!(told.join("\n"), @r"
    no flow that passes comes from an ephemeral source port (32768-60999), so ordinary clients get no connection
    web-1 is not running; the answer is about its configuration
    db-1 is not running; the answer is about its configuration
    db-1 has several interfaces; its reply is assumed to leave through the one that received the request
    web-1 and db-1 have no address family in common
    what is open is not ping: echo requests (type 8, or 128 for IPv6) do not pass
    PORT_HIGH_RISK: some carriers block tcp 445 on the Internet, which no input says; if it fails, use another port
    the solver's resource limit was reached; what lies beyond it is undecided
    the input mentions `10.1.2.99`, but does not say who has it
    ");
}

#[test]
fn every_near_miss_says_what_differs() {
    use Difference::{
        Address, Direction as Way, Family, Group, IcmpType, Port, Priority, Protocol, SourcePort,
    };
    let world = world();
    let answer = answer(&world, Verdict::Unreachable);
    let words = Words::new(&world.network, &answer);
    let checkpoint =
        Checkpoint { layer: Layer::SecurityGroups(world.db), direction: Direction::Ingress };
    let owner = RuleOwner::SecurityGroup(world.group);
    let rule = RuleRef { owner, direction: Direction::Ingress, index: 0 };
    let told = |differs: &[Difference]| {
        let differs = differs.to_vec();
        let near = NearMiss { pass: Pass::Request, checkpoint, rule, differs };
        let text = words.near_miss(&near).text;
        text.rsplit_once(": ").map(|(_, differs)| differs.to_owned()).unwrap()
    };
    let singles = [Way, Protocol, Port, SourcePort, IcmpType, Address, Group, Family, Priority];
    insta::assert_snapshot!(singles.map(|one| told(&[one])).join("\n"), @r"
    it stands in the other direction
    only the protocol differs
    only the port differs
    only the source port differs
    only the ICMP type or code differs
    only the address differs
    the other side is not a member
    only the address family differs
    it matches, but a rule before it decides
    ");
    let several: [&[Difference]; 5] = [
        &[Protocol, Port],
        &[Way, Port, Address],
        &[IcmpType, Group],
        &[Address, Address],
        &[Port, Address, Address],
    ];
    insta::assert_snapshot!(several.map(told).join("\n"), @r"
    protocol and port differ
    direction, port and address differ
    ICMP type or code and group differ
    both addresses differ
    port and both addresses differ
    ");
    let near = NearMiss { pass: Pass::Request, checkpoint, rule, differs: vec![Protocol, Family] };
    insta::assert_snapshot!(words.near_miss(&near).text, @"security group `sg-0`, ingress rule 1, says allow tcp 22 from 10.9.0.0/16: protocol and address family differ");
}

#[test]
fn rules_are_one_readable_line() {
    let mut world = world();
    let owner = RuleOwner::SecurityGroup(world.group);
    let rules = &mut world.network.security_groups[world.group].rules.egress;
    let mut icmp = allow();
    icmp.matches.protocol = Some(Protocol::ICMP);
    icmp.matches.icmp = Some(canreach_model::IcmpMatch { kind: Some(8), code: None });
    let mut numbered = ports(deny(), Protocol::UDP, 0, 1023);
    numbered.number = Some(100);
    numbered.priority = Some(5);
    numbered.matches.family = Some(canreach_net::Family::V6);
    let mut portless = allow();
    portless.matches.destination_ports = [(80, 80), (8000, 8080)].into_iter().collect();
    portless.matches.source_ports = PortSet::range(1024, 65535);
    let mut members = allow();
    members.matches.destination = canreach_model::AddressMatch::SecurityGroup(world.group);
    members.matches.unresolved = world.network.facts.ids().last();
    *rules = vec![allow(), icmp, numbered, portless, members];
    let answer = answer(&world, Verdict::Reachable);
    let words = Words::new(&world.network, &answer);
    let told =
        (0..5).map(|index| words.rule(RuleRef { owner, direction: Direction::Egress, index }));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    security group `sg-0`, egress rule 1: allow everything to anywhere
    security group `sg-0`, egress rule 2: allow icmp type 8 to anywhere
    security group `sg-0`, egress rule 100 (priority 5): deny udp 0-1023 to any IPv6 address
    security group `sg-0`, egress rule 4: allow tcp and udp 80, 8000-8080 from port 1024-65535 to anywhere
    security group `sg-0`, egress rule 5: allow everything to members of security group `sg-0`, if fact 2 holds
    ");
}

#[test]
fn an_icmp_packet_is_told_without_ports() {
    let world = world();
    let mut answer = answer(&world, Verdict::Unreachable);
    answer.question.traffic = Traffic::parse(Some("icmp/8"), None).unwrap();
    let icmp = Transport::Icmp(Icmp { kind: 8, code: 0 });
    let header = Header { transport: icmp, ..header("10.0.1.10", "10.1.2.20") };
    let blocker = Blocker { header: Some(header), ..group_blocker(&world) };
    let document = serde_json::to_value(json::answer(
        &world.network,
        &Answer {
            walks: vec![WalkAnswer {
                ends: (0, 0),
                request: Vec::new(),
                reply: Vec::new(),
                blockers: vec![blocker],
                together: Vec::new(),
            }],
            ..answer
        },
    ))
    .unwrap();
    let told = document.pointer("/walks/0/blockers/0/header").unwrap();
    let expected = serde_json::json!({
        "source": "10.0.1.10", "destination": "10.1.2.20", "protocol": "icmp", "icmp_type": 8, "icmp_code": 0
    });
    assert_eq!(*told, expected);
    // Nobody wrote what the builder made: no file, and the reason instead.
    let origin = document.pointer("/walks/0/blockers/0/origin").unwrap();
    assert!(origin.get("file").is_none() && origin.get("reason").is_some(), "{origin}");
    assert!(matches!(world.network.security_groups[world.group].meta.origin, Origin::Implied(_)));
}
