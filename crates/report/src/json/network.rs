//! Objects, rules and places of the network, as JSON has them.

use canreach_model::{Network, Pass, Place as ModelPlace, RouteRef, RuleRef};
use canreach_net::Header as NetHeader;
use canreach_query::Verdict;

use super::{Choice, Fact, Header, Input, Object, Origin, Place, Route, Rule};
use crate::words::{self, Named, Source, Words};

pub(super) fn inputs(network: &Network) -> Vec<Input> {
    let sources = &network.sources;
    let one = |(id, input): (canreach_model::FileId, &canreach_model::Input)| Input {
        path: input.path.clone(),
        digest: (!input.digest.is_empty()).then(|| format!("sha256:{}", input.digest)),
        recorded_in: sources
            .recorded_in(id)
            .and_then(|record| sources.input(record))
            .map(|record| record.path.clone()),
        account: input.account.clone(),
        region: input.region.clone(),
        recorded: input.recorded.clone(),
    };
    sources.iter().map(one).collect()
}

pub(super) fn object(named: Named<'_>) -> Object {
    Object {
        kind: named.kind,
        id: named.meta.id.clone(),
        name: named.meta.name.clone(),
        account: named.meta.account.clone(),
        region: named.meta.region.clone(),
    }
}

pub(super) fn origin(source: Source) -> Origin {
    let (file, line, column) = match source.location {
        Some(location) => (Some(location.path), Some(location.line), Some(location.column)),
        None => (None, None, None),
    };
    Origin { file, line, column, id: source.id, reason: source.reason }
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reachable => "reachable",
        Verdict::Unreachable => "unreachable",
        Verdict::Unknown => "unknown",
    }
}

pub(super) fn pass(pass: Pass) -> &'static str {
    match pass {
        Pass::Request => "request",
        Pass::Reply => "reply",
    }
}

pub(super) fn header(header: &NetHeader) -> Header {
    let (ports, icmp) = (header.transport.ports(), header.transport.icmp());
    Header {
        source: header.source.to_string(),
        destination: header.destination.to_string(),
        protocol: header.transport.protocol().to_string(),
        source_port: ports.map(|ports| ports.source),
        destination_port: ports.map(|ports| ports.destination),
        icmp_type: icmp.map(|icmp| icmp.kind),
        icmp_code: icmp.map(|icmp| icmp.code),
    }
}

pub(super) fn place(words: Words<'_>, place: ModelPlace) -> Place {
    let kind = match place {
        ModelPlace::Interface(_) => "interface",
        ModelPlace::Router(_) => "router",
        ModelPlace::Peering(_) => "peering",
        ModelPlace::InternetGateway(_) => "internet-gateway",
        ModelPlace::NatGateway(_) => "nat-gateway",
        ModelPlace::LoadBalancer(_) => "load-balancer",
        ModelPlace::TransitGateway(_) => "transit-gateway",
        ModelPlace::Connection(_) => "connection",
        ModelPlace::Remote(_) => "remote-network",
        ModelPlace::GatewayEndpoint(_) => "gateway-endpoint",
        ModelPlace::Internet => "internet",
        ModelPlace::Unmodelled => "unmodelled",
    };
    Place { kind, object: words.place_object(place).map(object), text: words.place(place) }
}

pub(super) fn rule(words: Words<'_>, reference: RuleRef) -> Option<Rule> {
    let rule = words.find_rule(reference)?;
    Some(Rule {
        object: object(words.rule_owner(reference.owner)),
        direction: reference.direction.to_string(),
        position: reference.index.saturating_add(1),
        number: rule.number(),
        priority: rule.priority(),
        action: words.action(reference, rule),
        text: words.rule_body(reference, rule),
        origin: origin(words.rule_source(reference)),
    })
}

pub(super) fn route(words: Words<'_>, reference: RouteRef) -> Option<Route> {
    let route = words.find_route(reference)?;
    Some(Route {
        table: object(words.route_table(reference.table)),
        destination: route.destination.to_string(),
        text: words.route(reference),
        origin: origin(words.route_source(reference)),
    })
}

pub(super) fn fact(words: Words<'_>, id: canreach_model::FactId, value: bool) -> Fact {
    let fact = &words.network.facts[id];
    Fact {
        statement: fact.statement.clone(),
        value,
        settled_by: fact.settled_by.clone(),
        origin: origin(words.source(&fact.origin, None)),
    }
}

pub(super) fn choice(choice: words::Choice) -> Choice {
    Choice {
        object: choice.object,
        source_port: choice.port,
        number: choice.number,
        text: choice.text,
    }
}
