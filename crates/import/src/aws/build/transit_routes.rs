//! The routes of transit gateways: what answers list, what attachments propagate, which of several holds,
//! and what stays open where an answer is missing.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    AttachedTo, FactId, Origin, Span, TransitGatewayId, TransitRoute, TransitRouteTableId,
    TransitTarget,
};
use canreach_net::{Family, IpNet};

use super::{
    super::records::{
        Destination, PrefixList, Records,
        transit::{self as records, AttachmentKind, Stage, Transit, TransitRank, TransitWay},
    },
    Builder,
    filters::settles_prefix_list,
};

/// Whose routes hold among propagated ones (AWS transit gateway guide, "route evaluation order").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Static,
    PrefixList,
    /// As an answer lists it: AWS has chosen already.
    Listed,
    Vpc,
    DirectConnect,
    Vpn,
}

/// What may take packets of a table besides the routes known.
#[derive(Default)]
struct Open {
    /// Routes that may be anywhere.
    anywhere: Option<(FactId, Span)>,
    /// Routes that are none to the blocks of the VPCs described.
    beyond: Option<(FactId, Span)>,
}

/// One route with what decides between those of one destination.
struct Candidate {
    rank: Rank,
    /// When its attachment was made.
    created: Option<String>,
    target: TransitTarget,
    origin: Origin,
}

impl Builder<'_> {
    /// Fills every table, and the blocks of the networks on premises that routes lead to.
    pub(super) fn transit_routes(&mut self, transit: &Transit, lists: &Records<PrefixList>) {
        let tables: Vec<(String, TransitRouteTableId)> =
            self.keys.transit.tables.iter().map(|(id, key)| (id.clone(), *key)).collect();
        for (id, key) in tables {
            let routes = self.transit_table_routes(&id, key, transit, lists);
            self.network.transit_route_tables[key].routes = routes;
        }
    }

    fn transit_table_routes(
        &mut self,
        id: &str,
        key: TransitRouteTableId,
        transit: &Transit,
        lists: &Records<PrefixList>,
    ) -> Vec<TransitRoute> {
        let gateway = self.network.transit_route_tables[key].gateway;
        let mut open = Open::default();
        let mut found: BTreeMap<IpNet, Vec<Candidate>> = BTreeMap::new();
        let listed: Vec<&records::TransitRoute> =
            transit.routes.iter().filter(|(table, _)| table == id).map(|(_, one)| one).collect();
        for route in &listed {
            self.listed_route(route, gateway, transit, lists, &mut found, &mut open);
        }
        let searched = listed.iter().any(|route| route.rank == TransitRank::Propagated);
        if !searched {
            self.propagated_routes(id, gateway, transit, &mut found, &mut open);
        }
        self.open_tables(id, key, transit, searched, &mut open);
        let mut routes = Vec::new();
        for (destination, candidates) in found {
            let (target, origin) = self.chosen(id, destination, candidates);
            routes.push(TransitRoute { destination, target, origin });
        }
        self.give_way(id, &open, &mut routes);
        routes
    }

    /// Takes a route that an answer lists.
    fn listed_route(
        &mut self,
        route: &records::TransitRoute,
        gateway: TransitGatewayId,
        transit: &Transit,
        lists: &Records<PrefixList>,
        found: &mut BTreeMap<IpNet, Vec<Candidate>>,
        open: &mut Open,
    ) {
        let rank = match route.rank {
            TransitRank::Static => Rank::Static,
            TransitRank::PrefixList => Rank::PrefixList,
            TransitRank::Propagated => Rank::Listed,
        };
        let target = self.transit_way(route, gateway, transit);
        let mut add = |destination: IpNet, origin: Origin| {
            let candidate = Candidate { rank, created: None, target, origin };
            found.entry(destination).or_default().push(candidate);
        };
        let list = match &route.destination {
            Destination::Cidr(destination) => {
                return add(*destination, Origin::Written(route.span));
            }
            Destination::PrefixList(list) => list,
        };
        if let Some(entries) = lists.get(list).and_then(|known| known.entries.as_ref()) {
            for (range, entry) in entries {
                let Some(destination) = range.as_prefix() else { continue };
                let how = format!("entry of prefix list `{list}`");
                add(destination, Origin::Derived { how, from: vec![route.span, *entry] });
            }
            return;
        }
        let statement = format!(
            "the packet is delivered, whether or not prefix list `{list}` holds its destination"
        );
        let settled = settles_prefix_list(list, lists);
        let fact = self.fact(statement, settled, Origin::Written(route.span));
        open.anywhere.get_or_insert((fact, route.span));
    }

    /// Returns where a listed route leads.
    fn transit_way(
        &mut self,
        route: &records::TransitRoute,
        gateway: TransitGatewayId,
        transit: &Transit,
    ) -> TransitTarget {
        let attachments = match &route.way {
            TransitWay::Blackhole => return TransitTarget::Blackhole,
            TransitWay::Changing => {
                let statement = String::from(
                    "a transit gateway route that is being changed delivers the packet",
                );
                let settled = "dump the routes again when the route is active";
                return self.open_way(statement, settled.to_owned(), route.span);
            }
            TransitWay::Attachments(attachments) => attachments,
        };
        let mut targets = BTreeSet::new();
        for id in attachments {
            match self.transit_attachment_of(id, gateway) {
                Some(key) => {
                    targets.insert(key);
                }
                None if gone(id, transit) => return TransitTarget::Blackhole,
                None => {
                    let statement = format!(
                        "transit gateway attachment `{id}`, which no answer describes, delivers the packet"
                    );
                    let settled = format!(
                        "give the answer of `aws ec2 describe-transit-gateway-attachments` for `{id}`"
                    );
                    return self.open_way(statement, settled, route.span);
                }
            }
        }
        match targets.first() {
            Some(target) if targets.len() == 1 => TransitTarget::Attachment(*target),
            _ => {
                let ids: Vec<String> = attachments.iter().map(|id| format!("`{id}`")).collect();
                let statement = format!(
                    "whichever attachment the transit gateway picks of [{}] delivers the packet",
                    ids.join(", ")
                );
                let settled =
                    "follow each of the ways by hand: which of them a flow takes is not modelled";
                self.open_way(statement, settled.to_owned(), route.span)
            }
        }
    }

    fn open_way(&mut self, statement: String, settled: String, span: Span) -> TransitTarget {
        TransitTarget::Unresolved(self.fact(statement, settled, Origin::Written(span)))
    }

    fn transit_attachment_of(
        &self,
        id: &str,
        gateway: TransitGatewayId,
    ) -> Option<canreach_model::TransitAttachmentId> {
        let mut known = self.network.transit_attachments.iter();
        let own = known.find(|(_, one)| one.gateway == gateway && one.meta.id == id);
        own.map(|(key, _)| key)
    }

    /// Adds what the attachments propagate to a table that no answer lists in full.
    fn propagated_routes(
        &mut self,
        id: &str,
        gateway: TransitGatewayId,
        transit: &Transit,
        found: &mut BTreeMap<IpNet, Vec<Candidate>>,
        open: &mut Open,
    ) {
        let mut seen = BTreeSet::new();
        for propagation in transit.propagations.iter().filter(|one| one.table == id) {
            if !seen.insert(&propagation.attachment) {
                continue;
            }
            let record = transit.attachments.values().find(|one| {
                one.meta.id == propagation.attachment
                    && self.keys.transit.gateways.get(&one.gateway) == Some(&gateway)
            });
            if record.is_some_and(|record| record.stage == Stage::Gone) {
                continue;
            }
            let key = self.transit_attachment_of(&propagation.attachment, gateway);
            let known = record.zip(key).filter(|_| propagation.settled);
            let Some((prefixes, rank, created)) =
                known.and_then(|(record, key)| self.propagates(record, key))
            else {
                let attachment = &propagation.attachment;
                let statement = format!(
                    "a route that `{attachment}` propagates to `{id}`, and that no answer lists, delivers the packet"
                );
                let fact =
                    self.fact(statement, settles_routes(id), Origin::Written(propagation.span));
                open.beyond.get_or_insert((fact, propagation.span));
                continue;
            };
            let Some(target) = key else { continue };
            for (prefix, from) in prefixes {
                let how = format!("propagated by `{}`", propagation.attachment);
                let origin = Origin::Derived {
                    how,
                    from: std::iter::once(propagation.span).chain(from).collect(),
                };
                let target = TransitTarget::Attachment(target);
                let candidate = Candidate { rank, created: created.clone(), target, origin };
                found.entry(prefix).or_default().push(candidate);
            }
        }
    }

    /// Returns the prefixes that an attachment propagates, each with where it is written, if the input
    /// tells them. IPv6 blocks are propagated only where the attachment supports IPv6; packets it does
    /// not filter (API reference, `CreateTransitGatewayVpcAttachmentRequestOptions`).
    #[expect(clippy::type_complexity, reason = "used once, and taken apart at once")]
    fn propagates(
        &self,
        record: &records::TransitAttachment,
        key: canreach_model::TransitAttachmentId,
    ) -> Option<(Vec<(IpNet, Option<Span>)>, Rank, Option<String>)> {
        match &self.network.transit_attachments[key].to {
            AttachedTo::Vpc { vpc, .. } => {
                let ipv6 = record.into_vpc.as_ref().is_some_and(|into| into.ipv6);
                let vpc = &self.network.vpcs[*vpc];
                let blocks = vpc.cidrs.iter().filter(|cidr| ipv6 || cidr.addr().is_ipv4());
                let span = vpc.meta.origin.span();
                let blocks = blocks.map(|cidr| (*cidr, span)).collect();
                Some((blocks, Rank::Vpc, record.created.clone()))
            }
            AttachedTo::Connection(connection) => {
                let known = self.behind.get(connection).filter(|known| known.complete)?;
                let rank = if record.kind == AttachmentKind::Vpn {
                    Rank::Vpn
                } else {
                    Rank::DirectConnect
                };
                Some((known.prefixes.clone(), rank, None))
            }
            AttachedTo::Peering(_) => Some((Vec::new(), Rank::Vpn, None)),
            AttachedTo::Unmodelled(_) => None,
        }
    }

    /// Notes which answers a table lacks.
    fn open_tables(
        &mut self,
        id: &str,
        key: TransitRouteTableId,
        transit: &Transit,
        searched: bool,
        open: &mut Open,
    ) {
        let table = &self.network.transit_route_tables[key].meta;
        let Some(span) = table.origin.span() else { return };
        let lacking = match transit.routes_of.get(id) {
            None => "of which no answer lists the static routes,",
            Some(true) => "of which the answer lists only some routes,",
            Some(false) if !searched && !transit.propagations_of.contains(id) => {
                "of which no answer lists the propagations,"
            }
            Some(false) => return,
        };
        let statement =
            format!("a route of transit gateway route table `{id}`, {lacking} delivers the packet");
        let fact = self.fact(statement, settles_routes(id), Origin::Written(span));
        open.anywhere = Some((fact, span));
    }

    /// Returns which of the routes to one destination holds. Of two VPCs with one block, the one that was
    /// attached first is routed to (AWS transit gateway guide, "routing").
    fn chosen(
        &mut self,
        id: &str,
        destination: IpNet,
        mut candidates: Vec<Candidate>,
    ) -> (TransitTarget, Origin) {
        let best = candidates.iter().map(|one| one.rank).min();
        candidates.retain(|one| Some(one.rank) == best);
        if best == Some(Rank::Vpc) && candidates.iter().all(|one| one.created.is_some()) {
            let first = candidates.iter().map(|one| one.created.clone()).min();
            candidates.retain(|one| Some(&one.created) == first.as_ref());
        }
        let same = candidates.windows(2).all(|pair| match pair {
            [one, another] => one.target == another.target,
            _ => true,
        });
        let spans = candidates.iter().filter_map(|one| one.origin.span()).collect();
        match candidates.into_iter().next() {
            Some(only) if same => (only.target, only.origin),
            _ => {
                let how = format!("routes of `{id}` to {destination}");
                let origin = Origin::Derived { how, from: spans };
                let fact = self.fact(
                    format!("the route of `{id}` to {destination} that AWS picks of several delivers the packet"),
                    settles_routes(id),
                    origin.clone(),
                );
                (TransitTarget::Unresolved(fact), origin)
            }
        }
    }

    /// Makes the routes as open as what may take packets from them.
    fn give_way(&mut self, id: &str, open: &Open, routes: &mut Vec<TransitRoute>) {
        let Some((fact, span)) = open.anywhere.or(open.beyond) else { return };
        let target = TransitTarget::Unresolved(fact);
        let mut kept = Vec::new();
        for route in routes.iter_mut() {
            if open.anywhere.is_none() && self.within_a_vpc(route) {
                kept.push(route.destination.to_string());
            } else {
                route.target = target;
            }
        }
        for family in Family::BOTH {
            let destination = family.everywhere();
            if !routes.iter().any(|route| route.destination == destination) {
                routes.push(TransitRoute { destination, target, origin: Origin::Written(span) });
            }
        }
        if !kept.is_empty() {
            let statement = format!(
                "no route of `{id}` that no answer lists takes packets to {}",
                kept.join(", ")
            );
            self.findings.assume(statement, vec![span]);
        }
    }

    /// Whether a route leads to a VPC that has all of its destination.
    fn within_a_vpc(&self, route: &TransitRoute) -> bool {
        let TransitTarget::Attachment(key) = route.target else { return false };
        let AttachedTo::Vpc { vpc, .. } = self.network.transit_attachments[key].to else {
            return false;
        };
        let blocks = &self.network.vpcs[vpc].cidrs;
        blocks.iter().any(|block| block.contains(&route.destination))
    }
}

/// Whether an attachment is deleted.
fn gone(id: &str, transit: &Transit) -> bool {
    let mut described = transit.attachments.values().filter(|one| one.meta.id == id).peekable();
    described.peek().is_some() && described.all(|one| one.stage == Stage::Gone)
}

/// What would tell the routes of a table.
fn settles_routes(id: &str) -> String {
    format!(
        "give the answer of `aws ec2 search-transit-gateway-routes` for `{id}`, \
         with `\"TransitGatewayRouteTableId\": \"{id}\"` beside `Routes`"
    )
}
