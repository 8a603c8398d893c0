//! Answers, as data.
//!
//! Ids are keys of the network that was asked; `report` words them with that network at hand.

use canreach_eval::RoundTrip;
use canreach_model::{
    Checkpoint, Choices, FactId, LayerKind, Obstacle, Pass, Place, RouteRef, RuleOwner, RuleRef,
    Valuation,
};
use canreach_net::{Header, PortSet, Protocol, ProtocolSet, RangeSet};

use crate::{Cause, End, Traffic, fix::Proposal};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the user wrote for the source.
    pub from: String,
    /// What the user wrote for the destination.
    pub to: String,
    /// The ends the source stands for.
    pub sources: Vec<End>,
    /// The ends the destination stands for.
    pub destinations: Vec<End>,
    /// Addresses asked for that the input mentions, but that nobody has.
    pub unowned: Vec<String>,
    /// Protocols and ports.
    pub traffic: Traffic,
    /// Whether it asks only that the request arrives.
    pub one_way: bool,
}

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Some flow passes, whatever the input leaves open.
    Reachable,
    /// No flow passes, whatever the input leaves open.
    Unreachable,
    /// It depends on what the input leaves open, or a limit was hit.
    Unknown,
}

/// How far an answer looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// To the interface: nothing is known about the services of the destination.
    Network,
    /// To the socket.
    Service,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question, resolved.
    pub question: Question,
    /// The verdict on what was asked: `answered`, or `delivered` when asked one way.
    pub verdict: Verdict,
    /// Whether a request arrives.
    pub delivered: Verdict,
    /// Whether a request arrives and its reply returns.
    pub answered: Verdict,
    /// How far the answer looks.
    pub scope: Scope,
    /// The kinds of layers of which the input has no data.
    pub not_examined: Vec<LayerKind>,
    /// A flow that passes: of `answered` if some is, else of `delivered`. For an unknown verdict it
    /// passes if the facts of its valuation hold.
    pub witness: Option<Witness>,
    /// Which part of the traffic passes, for a question about one pair of ends with a witness;
    /// empty otherwise.
    pub open: Vec<Open>,
    /// The verdict for each pair of ends, in order; one entry for a question about one pair.
    pub ends: Vec<EndState>,
    /// Every walk, with what stops it. Empty for a reachable question.
    pub walks: Vec<WalkAnswer>,
    /// The causes of an unreachable or one-way answer, in the guide's order, each once.
    pub causes: Vec<Cause>,
    /// The minimal sets of filters, routes and settings to change, smallest first.
    pub corrections: Vec<Correction>,
    /// Whether `corrections` lists all of them.
    pub corrections_complete: bool,
    /// Edits that open it, where [`crate::fix::propose`] has looked for some.
    pub proposals: Vec<Proposal>,
    /// Rules that would have matched if few fields differed; for each filter the nearest first.
    pub near_misses: Vec<NearMiss>,
    /// The minimal sets of facts that decide an unknown verdict.
    pub deciding: Vec<Vec<DecidingFact>>,
    /// What else to know.
    pub warnings: Vec<Warning>,
    /// What the verdict rests on.
    pub proof: Proof,
}

/// A flow that passes, replayed in `eval`.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The header as sent.
    pub header: Header,
    /// The end it starts at and the end it reaches, as positions in the question's sources and
    /// destinations.
    pub ends: (usize, usize),
    /// The values of facts under which it was replayed.
    pub valuation: Valuation,
    /// The choices of the network under which it was replayed.
    pub choices: Choices,
    /// The way there and back, with every decision.
    pub trace: RoundTrip,
    /// Other choices of the network under which this very flow does not pass.
    pub intermittent: Option<Choices>,
}

/// A part of the traffic asked about, and whether it passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The protocols.
    pub protocols: ProtocolSet,
    /// The destination ports, where the protocols have ports.
    pub destination_ports: PortSet,
    /// The ICMP types, where the protocols are ICMP.
    pub icmp_types: RangeSet<u8>,
    /// Whether it passes.
    pub verdict: Verdict,
}

/// The verdict for one pair of ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndState {
    /// The source, as a position in the question's sources.
    pub source: usize,
    /// The destination, as a position in the question's destinations.
    pub destination: usize,
    /// The verdict on what was asked.
    pub verdict: Verdict,
    /// Whether a request arrives.
    pub delivered: Verdict,
}

/// One walk between two ends, and what stops it.
#[derive(Clone, Debug)]
pub struct WalkAnswer {
    /// The pair of ends, as positions in the question's sources and destinations.
    pub ends: (usize, usize),
    /// The places of the request.
    pub request: Vec<Place>,
    /// The places of the reply, as far as it comes.
    pub reply: Vec<Place>,
    /// What stops every flow on this walk by itself, in packet order.
    pub blockers: Vec<Blocker>,
    /// Minimal sets that stop every flow together, where nothing does by itself.
    pub together: Vec<Vec<Blocker>>,
}

/// Something that stops a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// On the way there or back.
    pub pass: Pass,
    /// What it is.
    pub blocking: Blocking,
    /// A packet as it stood there; the packet that was tried.
    pub header: Option<Header>,
    /// Whether the packet only gets there if something before it is changed.
    pub if_arrived: bool,
    /// Why it stops the packet.
    pub cause: Cause,
}

/// A filter, route or setting that stops a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blocking {
    /// A filter; with the rule that denies, or `None` where no rule matches.
    Filter {
        /// The filter.
        checkpoint: Checkpoint,
        /// The rule.
        rule: Option<RuleRef>,
        /// What denies where no rule matches, if that is written down: the policy of a host's chain,
        /// the default of a cloud firewall or access list.
        default: Option<RuleOwner>,
    },
    /// A route or setting.
    Obstacle {
        /// What is missing or wrong.
        obstacle: Obstacle,
        /// The route that led there, where one did.
        route: Option<RouteRef>,
    },
}

/// A minimal set of things to change, so that a flow passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Each filter, route and setting to change, in packet order.
    pub changes: Vec<Blocker>,
}

/// A rule that would have matched if few fields differed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearMiss {
    /// On the way there or back.
    pub pass: Pass,
    /// The filter that said no.
    pub checkpoint: Checkpoint,
    /// The rule that comes near.
    pub rule: RuleRef,
    /// What differs, in the guide's order: one to three fields; an address twice where both sides
    /// differ.
    pub differs: Vec<Difference>,
}

/// A field in which a near miss differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Difference {
    /// It stands in the other direction.
    Direction,
    /// The protocol.
    Protocol,
    /// The destination port.
    Port,
    /// The source port.
    SourcePort,
    /// The ICMP type or code.
    IcmpType,
    /// The address on the far side.
    Address,
    /// The far side is not a member of the group it names.
    Group,
    /// The address family.
    Family,
    /// It matches, but a rule before it decides.
    Priority,
}

/// A fact on which an unknown verdict depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DecidingFact {
    /// The fact.
    pub fact: FactId,
    /// The value that lets the flow pass.
    pub value: bool,
}

/// Something to know that does not change the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Warning {
    /// No flow that passes comes from an ephemeral source port.
    NoEphemeralPort,
    /// The instance of an end does not run; position in sources (`false`) or destinations (`true`).
    NotRunning(bool, usize),
    /// A reply is assumed to leave through the interface that received the request; the instance
    /// has several. Position in the question's destinations.
    SeveralInterfaces(usize),
    /// The two ends have no address family in common; positions in sources and destinations.
    NoCommonFamily(usize, usize),
    /// An ICMP question is open, but not for echo requests.
    NotPing,
    /// The flow crosses the Internet to a port that carriers may block (`PORT_HIGH_RISK`).
    HighRiskPort(Protocol, u16),
    /// The walks of a pair were too many to enumerate, or the solver reached its limit.
    LimitReached(String),
    /// The address is mentioned by the input, but nobody has it.
    AddressWithoutOwner(String),
}

/// What a verdict rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The solver's name and version, such as `Z3 5.3.3`.
    pub solver: String,
    /// How many walks were decided.
    pub walks: usize,
    /// How many checks the solver made.
    pub checks: u64,
    /// The solver's own measure of its work.
    pub rlimit: u64,
    /// How many packets `eval` was tried with.
    pub probes: usize,
}
