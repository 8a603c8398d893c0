//! What the variables of one formula stand for: the header, the facts and the network's choices.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use canreach_model::{FactId, Network, Translator};
use canreach_net::{Family, PortSet};
use canreach_topology::{AddressView, HeaderView, IcmpView, PortView};
use z3::ast::Bool;

use crate::{
    header::{Original, Seen, answering_type},
    members::Members,
    term::{self, Address, Byte, Port, all},
};

/// Values that some facts have in a formula.
pub(crate) type Assignment = BTreeMap<FactId, bool>;

/// The variables of one formula, and what was used of them.
#[derive(Debug)]
pub(crate) struct Scope<'n> {
    /// The network.
    pub(crate) network: &'n Network,
    /// Who is in which security group.
    pub(crate) members: Rc<Members<'n>>,
    /// The original header.
    pub(crate) original: Original,
    /// The facts that have a value here; the others are variables.
    assigned: Assignment,
    /// Tells the choices of this formula from those of its copies.
    copy: usize,
    facts: BTreeSet<FactId>,
    choices: BTreeMap<Translator, Port>,
}

impl<'n> Scope<'n> {
    /// Returns a scope in which the facts in `assigned` have values and the choices are those of
    /// `copy`.
    pub(crate) fn new(
        network: &'n Network,
        members: &Rc<Members<'n>>,
        original: Original,
        assigned: Assignment,
        copy: usize,
    ) -> Self {
        Self {
            network,
            members: Rc::clone(members),
            original,
            assigned,
            copy,
            facts: BTreeSet::new(),
            choices: BTreeMap::new(),
        }
    }

    /// Returns the facts that are variables of the formulas made so far.
    pub(crate) fn facts(&self) -> impl Iterator<Item = FactId> + '_ {
        self.facts.iter().copied()
    }

    /// Returns the values that facts have here.
    pub(crate) fn assigned(&self) -> &Assignment {
        &self.assigned
    }

    /// Returns the ports chosen in the formulas made so far.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (Translator, &Port)> {
        self.choices.iter().map(|(translator, port)| (*translator, port))
    }

    /// Returns a formula that is true iff the fact is.
    pub(crate) fn fact(&mut self, fact: FactId) -> Bool {
        if let Some(value) = self.assigned.get(&fact) {
            return term::constant(*value);
        }
        self.facts.insert(fact);
        variable_of(fact)
    }

    /// Returns the port that a NAT gateway or load balancer chose.
    pub(crate) fn choice(&mut self, translator: Translator) -> Port {
        let copy = self.copy;
        let name = match translator {
            Translator::NatGateway(gateway) => format!("port_{}_{copy}", gateway.index()),
            Translator::LoadBalancer(at) => format!("balancer_port_{}_{copy}", at.index()),
        };
        self.choices.entry(translator).or_insert_with(|| Port::variable(&name)).clone()
    }

    /// Returns a formula that is true iff every choice made so far is one that the network may make.
    pub(crate) fn choices_are_possible(&self) -> Bool {
        all(self.choices().map(|(by, port)| port.is_in(&ports_of(self.network, by))))
    }

    /// Returns a header on the way of packets of `family`.
    pub(crate) fn seen(&mut self, family: Family, view: &HeaderView) -> Seen {
        let (icmp_type, icmp_code) = match view.icmp {
            IcmpView::Original => {
                (self.original.icmp_type.clone(), self.original.icmp_code.clone())
            }
            IcmpView::Answer => {
                let kind = answering_type(&self.original.protocol, &self.original.icmp_type);
                (kind, Byte::constant(0))
            }
        };
        Seen {
            source: self.address(family, view.source),
            destination: self.address(family, view.destination),
            protocol: self.original.protocol.clone(),
            source_port: self.port(view.source_port),
            destination_port: self.port(view.destination_port),
            icmp_type,
            icmp_code,
        }
    }

    /// Returns an address on the way of packets of `family`.
    pub(crate) fn address(&self, family: Family, view: AddressView) -> Address {
        let (source, destination) = self.original.ends(family);
        match view {
            AddressView::Source => source.clone(),
            AddressView::Destination => destination.clone(),
            AddressView::Fixed(address) => Address::constant(address),
        }
    }

    /// Returns a port on the way.
    pub(crate) fn port(&mut self, view: PortView) -> Port {
        match view {
            PortView::Source => self.original.source_port.clone(),
            PortView::Destination { shift } => self.original.destination_port.shifted(shift),
            PortView::Fixed(port) => Port::constant(port),
            PortView::Chosen(translator) => self.choice(translator),
        }
    }
}

/// Returns the variable of a fact.
pub(crate) fn variable_of(fact: FactId) -> Bool {
    Bool::new_const(format!("fact_{}", fact.index()))
}

/// Returns the ports from which a NAT gateway or load balancer chooses.
pub(crate) fn ports_of(network: &Network, translator: Translator) -> PortSet {
    let vpc = match translator {
        Translator::NatGateway(gateway) => network.nat_gateways[gateway].vpc,
        Translator::LoadBalancer(interface) => network.vpc_of(interface),
    };
    network.vpcs[vpc].profile.translation.ports.into()
}
