//! §6b, and §2 step 0: load balancers.

use canreach_model::{
    Action, BalancerListener, BalancerTarget, Checkpoint, Chooser, Direction, Endpoint, Forwarding,
    InterfaceId, Layer, LoadBalancerId, Pass, Translator,
};
use canreach_net::{Family, Header, Ports};

use super::{At, Lost, Next, Record, Step, Walk, go, obstacle};

impl Walk<'_> {
    /// §2 step 0: the interface of the load balancer that keeps the client's address to which this
    /// reply goes back, and whether the balancer bypasses filters.
    pub(super) fn balancer_to_answer(&self, header: Header) -> Option<(InterfaceId, bool)> {
        if self.pass == Pass::Request {
            return None;
        }
        self.memory.records.iter().find_map(|record| {
            let bypasses = record.keeps_client?;
            match record.translator {
                Translator::LoadBalancer(m) if record.after.reply() == Some(header) => {
                    Some((m, bypasses))
                }
                Translator::LoadBalancer(_) | Translator::NatGateway(_) => None,
            }
        })
    }

    pub(super) fn at_balancer(
        &mut self,
        balancer: LoadBalancerId,
        m: InterfaceId,
        header: Header,
    ) -> Step {
        // Step 1.
        self.groups_where_filtered(m, Direction::Ingress, header)?;
        if let Some(to_origin) = self.reply_on_record(Translator::LoadBalancer(m), header) {
            return self.balancer_sends_on(m, to_origin);
        }
        if self.pass == Pass::Reply {
            return Ok(Next::Received(Endpoint::Interface(m), header));
        }
        // Step 2.
        let listeners = &self.network.load_balancers[balancer].listeners;
        let mut numbered = listeners.iter().enumerate();
        let takes = |listener: &BalancerListener| {
            header.transport.ports().is_some_and(|ports| {
                listener.protocol == header.transport.protocol()
                    && listener.family.is_none_or(|family| family == header.family())
                    && listener.ports.first() <= ports.destination
                    && ports.destination <= listener.ports.last()
            })
        };
        let listener = numbered.find(|(_, listener)| takes(listener));
        let Some((number, listener)) = listener else { return obstacle("NoListener") };
        self.access_list(balancer, number, listener, header)?;
        // Step 3.
        let (replaces, bypasses) = match listener.forwarding {
            Forwarding::Proxy => {
                self.note_end(Endpoint::LoadBalancer(balancer));
                return Ok(Next::Received(Endpoint::Interface(m), header));
            }
            Forwarding::KeepClient { bypasses_filters } => (false, bypasses_filters),
            Forwarding::ReplaceClient => (true, false),
            Forwarding::Unmodelled(fact) => return self.unmodelled(fact),
        };
        let targets: Vec<&BalancerTarget> = listener
            .targets
            .iter()
            .filter(|target| Family::of(target.address) == header.family())
            .filter(|target| target.nodes.as_ref().is_none_or(|nodes| nodes.contains(&m)))
            .collect();
        let Some(target) = self.pick(Chooser::Target(balancer, number), &targets).copied() else {
            return obstacle("NoTarget");
        };
        if !replaces && target.address == header.source {
            return obstacle("TargetIsClient");
        }
        let after = self.towards_target(m, target, replaces, header);
        self.put_on_record(Record {
            translator: Translator::LoadBalancer(m),
            before: header,
            after,
            keeps_client: (!replaces).then_some(bypasses),
        });
        self.note_end(Endpoint::LoadBalancer(balancer));
        self.mark.bypasses_filters = bypasses;
        self.mark.sent_on_by = None;
        self.groups_where_filtered(m, Direction::Egress, after)?;
        if !replaces {
            self.mark.forwarded = true;
            self.mark.sent_on_by = Some(m);
        }
        go(At::SendingOn(m), after)
    }

    fn towards_target(
        &self,
        m: InterfaceId,
        target: &BalancerTarget,
        replaces: bool,
        header: Header,
    ) -> Header {
        let Some(ports) = header.transport.ports() else { return header };
        let (source, source_port) = if replaces {
            let port = self.port(Translator::LoadBalancer(m), self.network.vpc_of(m));
            (header.destination, port)
        } else {
            (header.source, ports.source)
        };
        let destination_port = target.port.unwrap_or(ports.destination);
        let transport = header
            .transport
            .with_ports(Ports { source: source_port, destination: destination_port });
        Header { source, destination: target.address, transport }
    }

    /// §2 steps 2 to 5.
    fn balancer_sends_on(&mut self, m: InterfaceId, header: Header) -> Step {
        self.groups_where_filtered(m, Direction::Egress, header)?;
        go(At::SendingOn(m), header)
    }

    // §8c. The access list of a listener.

    fn access_list(
        &mut self,
        balancer: LoadBalancerId,
        number: usize,
        listener: &BalancerListener,
        header: Header,
    ) -> Result<(), Lost> {
        let Some(access) = &listener.access else { return Ok(()) };
        let layer = Layer::ListenerAccess(balancer, number);
        let mut rules = access.rules.iter();
        let first = rules.find(|rule| self.matches(None, &rule.matches, header));
        let action = first.map_or(access.default, |rule| rule.action);
        let passes = self.is_known_reply(layer, true) || action == Action::Allow;
        self.judged(Checkpoint { layer, direction: Direction::Ingress }, passes)
    }
}
