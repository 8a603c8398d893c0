//! Networks that were read, and questions about them.

use canreach_import::{SourceFile, import};
use canreach_model::{InterfaceOwner, Network, ProfileName};
use canreach_query::{Options, Question, Role, Session, Traffic, Verdict, resolve};
use canreach_smt::Limits;
use canreach_testkit::Builder;

use crate::Failure;

/// Reads a dump, in which nothing may be wrong or doubtful.
///
/// # Errors
/// Fails when something is.
pub(crate) fn load(files: &[SourceFile]) -> Result<Network, Failure> {
    let import = import(files);
    match import.diagnostics.first() {
        None => Ok(import.network),
        Some(first) => Err(first.message.clone().into()),
    }
}

/// Asks a question about a network of two interfaces, so that the solver has been used before.
///
/// # Errors
/// Fails when there is no verdict.
pub(crate) fn start_solver() -> Result<(), Failure> {
    let mut builder = Builder::new(ProfileName::Aws);
    let vpc = builder.vpc(&["10.0.0.0/16"]);
    let subnet = builder.subnet(vpc, &["10.0.0.0/24"]);
    for address in ["10.0.0.4", "10.0.0.5"] {
        let _ = builder.interface(subnet, &[address]);
    }
    let network = builder.build();
    ask(&Session::new(&network), "eni-0", "eni-1").map(drop)
}

/// Asks whether one end reaches another at port 443, both by name.
///
/// # Errors
/// Fails when an end is not found, or when there is no verdict.
pub(crate) fn ask(session: &Session<'_>, from: &str, to: &str) -> Result<Verdict, Failure> {
    let network = session.network();
    let sources = resolve(network, from, Role::Source)?;
    let destinations = resolve(network, to, Role::Destination)?;
    let question = Question {
        from: from.to_owned(),
        to: to.to_owned(),
        sources: sources.ends,
        destinations: destinations.ends,
        unowned: Vec::new(),
        traffic: Traffic::parse(Some("tcp"), Some("443"))?,
        one_way: false,
    };
    // The limit of the command line, and no explanations.
    let options = Options { rlimit: Limits::default().rlimit, explain: false };
    Ok(session.ask(&question, &options, || ())?.verdict)
}

/// Returns so many pairs of interfaces of instances, by their ids, spread over the estate: of every four,
/// one pair is of one VPC, one leads from it to the shared services, one to a neighbour, one across.
pub(crate) fn pairs(network: &Network, count: usize) -> Vec<(String, String)> {
    let vpcs = network.vpcs.len();
    let mut hosts: Vec<Vec<&str>> = vec![Vec::new(); vpcs];
    for (id, interface) in network.interfaces.iter() {
        if matches!(interface.owner, InterfaceOwner::Instance(_))
            && let Some(own) = hosts.get_mut(network.vpc_of(id).index())
        {
            own.push(&interface.meta.id);
        }
    }
    // A prime step meets every VPC and most positions before it comes back.
    let host = |vpc: usize, nth: usize| {
        let own = hosts.get(vpc.checked_rem(vpcs)?)?;
        own.get((nth * 37).checked_rem(own.len())?).map(|id| (*id).to_owned())
    };
    (0..count)
        .filter_map(|nth| {
            let from = 1 + nth * 7;
            let to = match nth % 4 {
                0 => 0,
                1 => from,
                2 => from + 1,
                _ => from + vpcs / 2,
            };
            Some((host(from, nth)?, host(to, nth + 1)?))
        })
        .collect()
}
