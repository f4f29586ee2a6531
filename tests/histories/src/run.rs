//! One history: clients at work on a service, round after round.
//!
//! The seed chooses what each client does. Within a round they are all at it at once, and who comes first is the
//! machine's choice; what a round's answers told is known in the next.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use local::options::Options;
use scenarios::{Caller, Response, World};
use shared::clock::{Clock, Timestamp};
use tokio::task::JoinSet;

use crate::answer::{self, Meaning};
use crate::history::{Entry, History, ROUNDS_UNKNOWN};
use crate::knowledge::Knowledge;
use crate::order::{Asked, Order};
use crate::people::{self, People};
use crate::plan::{self, Planner};
use crate::record::{Recorder, Span};

/// When a clock stands that is the histories' own.
const BEGINNING: Timestamp = Timestamp::from_unix_seconds(1_810_000_000);
/// Addresses that each client calls from in turn, so that a few wrong codes make nobody wait.
const ADDRESSES: u8 = 4;
/// Seconds by which the clock is put ahead.
const JUMPS: [u32; 8] = [31, 31, 31, 46, 46, 61, 95, 301];
/// Seconds by which it is at the beginning.
const FIRST_JUMP: u32 = 61;
/// In how many of a hundred rounds it is.
const JUMP_PERCENT: u8 = 60;
/// Seconds that a history takes at most: a session that nobody uses lives longer.
const HISTORY_SECONDS_MAX: i64 = 3_200;
/// Seconds after which the owner of the keys signs in again.
const OWNER_SECONDS: i64 = 250;
/// How calls are counted that the gateway answered for a function that came to its end.
pub const INTERRUPTED: &str = "interrupted";
/// Milliseconds of a round within which the clock is put ahead.
const JUMP_WITHIN_MILLISECONDS: u64 = 40;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Chooses everything but who comes first.
    pub seed: u64,
    /// Calls at least.
    pub calls: usize,
    /// Clients at the same time.
    pub clients: u8,
    /// Whether the clock is put ahead, and who answers.
    pub service: Service,
}

/// What the clients call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Functions in this process, whose clock can be put ahead.
    InProcess,
    /// Functions that are killed: the gateway answers for them then, and their clock is the system's.
    Killed,
}

/// Clients of one service.
struct Crowd {
    recorder: Arc<Recorder>,
    /// By client and address.
    callers: Vec<Vec<Caller>>,
    service: Service,
}

type Told = (Asked, Span, Response);

/// Clients who work on three users of one service.
pub struct Run<'a> {
    world: &'a World,
    plan: Plan,
    crowd: Crowd,
    rng: Rng,
    planner: Planner,
    known: Knowledge,
    /// When it was begun, and when the owner of the keys signed in last.
    since: (i64, i64),
    history: History,
}

/// A service in this process. Its clock stands but where it is put ahead, so that much happens in the very second in
/// which something ends.
pub async fn service() -> World {
    World::with(Options { clock: Clock::standing_at(BEGINNING), ..Options::in_memory() }).await
}

/// Lets clients work as `plan` says, and writes down what they saw.
pub async fn run(world: &World, plan: Plan) -> History {
    let mut run = Run::prepare(world, plan).await;
    run.play().await;
    run.finish().await
}

impl<'a> Run<'a> {
    /// Makes users, factor and keys ready.
    pub async fn prepare(world: &'a World, plan: Plan) -> Self {
        let recorder = Arc::new(Recorder::new(world.context().clock.clone()));
        let People { known, states } = People::gather(world, &recorder).await;
        if plan.service == Service::InProcess {
            // No code is accepted in the step that confirmed the factor, nor before.
            recorder.jump(FIRST_JUMP);
        }
        let now = recorder.now();
        Self {
            world,
            plan,
            crowd: Crowd::new(world, plan, recorder),
            rng: Rng::with_seed(plan.seed),
            planner: Planner::default(),
            known,
            since: (now, now),
            history: History::new(plan.seed, states),
        }
    }

    /// Round after round, until there were enough calls.
    pub async fn play(&mut self) {
        while self.history.calls < self.plan.calls {
            let now = self.crowd.recorder.now();
            let (begun, owner_since) = self.since;
            if now - owner_since > OWNER_SECONDS {
                self.known.keys.cookie = people::owner_cookie(self.world).await;
                self.since = (begun, now);
            }
            let clients = usize::from(self.plan.clients);
            let round = self.planner.round(&mut self.rng, &self.known, now, clients);
            let jump = choose_jump(&mut self.rng, now - begun).filter(|_| self.plan.service == Service::InProcess);
            let address = self.rng.u8(..ADDRESSES);
            let told = self.crowd.play(round, address, jump).await;
            self.take_in(told);
        }
    }

    /// Asks once for everything that is remembered: what was acknowledged is there.
    pub async fn finish(mut self) -> History {
        let caller = self.crowd.callers.first().and_then(|callers| callers.first()).cloned();
        if let Some(caller) = caller {
            // What nobody was told of is over by now, or it never comes.
            (0..ROUNDS_UNKNOWN).for_each(|_| self.take_in(Vec::new()));
            let orders = plan::look_around(&self.known);
            let told = play_part(&self.crowd.recorder, &caller, orders, self.plan.service).await;
            self.take_in(vec![told]);
        }
        self.history
    }

    /// Writes down what a round told, in the order of the clients.
    fn take_in(&mut self, told: Vec<Vec<Told>>) {
        let Self { crowd: Crowd { recorder, .. }, known, history, .. } = self;
        for (asked, span, answer) in told.into_iter().flatten() {
            history.calls += 1;
            if answer.status() == 500 {
                history.count(INTERRUPTED);
            }
            let (acts, news, is_known) = match answer::read(&asked, &answer, recorder) {
                Meaning::Known(acts, news) => (acts, news, true),
                Meaning::Unknown(acts, news) => (acts, news, false),
                Meaning::Nothing => {
                    history.count(&format!("nothing {}", answer.status()));
                    continue;
                }
            };
            for news in news {
                known.learn(news);
            }
            history.push(Entry { span, instants: recorder.instants(span), acts, is_known });
        }
        history.end_round(recorder.moment());
    }
}

fn choose_jump(rng: &mut Rng, elapsed: i64) -> Option<(u64, u32)> {
    let seconds = rng.choice(JUMPS)?;
    let delay = rng.u64(..JUMP_WITHIN_MILLISECONDS);
    let is_time_left = elapsed + i64::from(seconds) < HISTORY_SECONDS_MAX;
    (rng.u8(..100) < JUMP_PERCENT && is_time_left).then_some((delay, seconds))
}

impl Crowd {
    fn new(world: &World, plan: Plan, recorder: Arc<Recorder>) -> Self {
        let caller = |client: u8, address: u8| world.anyone().at([127, 0, 1 + address, 1 + client]);
        let of = |client: u8| (0..ADDRESSES).map(|address| caller(client, address)).collect();
        Self { recorder, callers: (0..plan.clients).map(of).collect(), service: plan.service }
    }

    /// Lets each client do its part, all at once, and the clock go ahead meanwhile.
    async fn play(&self, round: Vec<Vec<Order>>, address: u8, jump: Option<(u64, u32)>) -> Vec<Vec<Told>> {
        let mut playing = JoinSet::new();
        let parts = round.into_iter().zip(&self.callers).enumerate();
        for (client, (orders, callers)) in parts {
            let caller = callers.get(usize::from(address)).cloned();
            let (recorder, service) = (Arc::clone(&self.recorder), self.service);
            playing.spawn(async move {
                let Some(caller) = caller else { return (client, Vec::new()) };
                (client, play_part(&recorder, &caller, orders, service).await)
            });
        }
        if let Some((delay, seconds)) = jump {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            self.recorder.jump(seconds);
        }
        let mut told = playing.join_all().await;
        told.sort_by_key(|(client, _)| *client);
        told.into_iter().map(|(_, told)| told).collect()
    }
}

async fn play_part(recorder: &Recorder, caller: &Caller, orders: Vec<Order>, service: Service) -> Vec<Told> {
    let mut told = Vec::with_capacity(orders.len());
    for order in orders {
        let (span, answer) = recorder.send(order.call(caller).perhaps_answered_by_gateway()).await;
        let is_end = answer.status() == 500 && service == Service::InProcess;
        assert!(!is_end, "a function came to its end by itself: {answer:?}");
        told.push((order.asked, span, answer));
    }
    told
}
