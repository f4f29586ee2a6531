//! Drives one operation: without faults, to learn its requests and what it does; then each request with each fault.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use scenarios::Call;

use super::confidence::Confidence;
use super::effects::{Base, Seen};
use super::fault::Fault;
use super::play::{Again, Answer, Play};
use super::request::Request;
use super::script::{Site, Stay};
use super::stage::Stage;
use super::verdict::{Faultless, Left, Outcome, of_first, of_second};
use crate::whole_table::Place;

/// How long a function may take, as in the template.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Which of the cases: those that are over at once, or those in which the service goes on asking for seconds. Both can
/// be driven side by side, each on a stage of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Quick,
    Waiting,
    /// Those that hang until the SDK waits no longer.
    Hanging,
}

/// What was driven of one function.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The operations, by name.
    pub(super) operations: BTreeSet<&'static str>,
    pub(super) sites: usize,
    pub(super) cases: usize,
    /// Reads that are not strongly consistent.
    pub(super) stale_reads: BTreeSet<String>,
    pub(super) faults: Vec<String>,
    pub(super) confidence: Confidence,
}

impl Report {
    /// Both parts as one.
    pub(super) fn with(mut self, waiting: Self) -> Self {
        self.cases += waiting.cases;
        self.faults.extend(waiting.faults);
        self.confidence = self.confidence.with(waiting.confidence);
        self
    }
}

/// One function, driven.
pub(super) struct Drive<'a> {
    stage: &'a Stage,
    base: Base,
    function: &'static str,
    part: Part,
    /// Whether the functions know what they keep for a while.
    is_warm: bool,
    /// What was waited for: once for each kind of request.
    waited_for: BTreeSet<(String, Fault)>,
    report: Report,
}

impl<'a> Drive<'a> {
    /// From the table as it stands now.
    pub(super) fn new(stage: &'a Stage, function: &'static str, part: Part) -> Self {
        let (base, report) = (stage.base(), Report::default());
        Self { stage, base, function, part, is_warm: false, waited_for: BTreeSet::new(), report }
    }

    /// Every play with every fault; what was found.
    pub(super) async fn all(mut self, plays: &[Play]) -> Report {
        for play in plays {
            let faultless = self.without_faults(play).await;
            self.report.operations.insert(play.operation);
            let sites: Vec<_> = faultless.sites.iter().filter(|site| play.drives(site)).cloned().collect();
            self.report.sites += sites.len();
            for site in sites {
                if site.request.is_consistent == Some(false) {
                    self.report.stale_reads.insert(site.request.to_string());
                }
                assert!(Fault::of(&site.request).next().is_some(), "{}: nothing can go wrong with {site}", play.name());
                for (fault, stay) in self.cases(&site) {
                    self.with_fault(play, &faultless, &site, fault, stay).await;
                    self.report.cases += 1;
                }
            }
        }
        self.report
    }

    /// Every fault that the request can meet, once; and those that may last, for good.
    fn cases(&mut self, site: &Site) -> Vec<(Fault, Stay)> {
        let request = site.request.to_string();
        let stays = [Stay::Once, Stay::UntilFurtherNotice];
        match self.part {
            Part::Quick => quick_cases(&site.request),
            Part::Waiting => {
                let waits = Fault::of(&site.request).filter(|fault| fault.is_asked_again());
                let due = waits.filter(|fault| self.waited_for.insert((request.clone(), *fault)));
                due.map(|fault| (fault, Stay::UntilFurtherNotice)).collect()
            }
            Part::Hanging => Fault::hanging(&site.request).flat_map(|fault| stays.map(|stay| (fault, stay))).collect(),
        }
    }

    async fn without_faults(&mut self, play: &Play) -> Faultless {
        self.stage.start_anew();
        let call = play.ask();
        self.stage.script.record(self.function);
        let (once, _) = self.send(call.clone()).await;
        let sites = self.stage.script.recorded();
        let (twice, changed) = self.send(call).await;
        self.base.put_back(&changed);
        let name = play.name();
        assert_eq!(once.answer.slug.as_deref(), play.refusal, "{name}: {once:?}");
        assert!(!sites.is_empty(), "{name} reaches nothing; was {} asked?", self.function);
        let [status, status_then] = [&once, &twice].map(|it| it.answer.status);
        match play.again {
            Again::Told(told) => assert_eq!(status_then, told, "{name}, once more"),
            Again::Refused(slug) => assert_eq!(twice.answer.slug.as_deref(), Some(slug), "{name}, once more"),
            Again::Same | Again::OnceMore(_) => assert_eq!(status_then, status, "{name}, once more"),
        }
        let [did, did_then] = [&once, &twice].map(|it| it.without_side_effects(play).effects);
        let is_more = matches!(play.again, Again::OnceMore(_));
        assert_eq!(did != did_then, is_more, "{name}, once more: {}", did_then.against(&did));
        Faultless { once, twice, sites }
    }

    async fn send(&mut self, call: Call) -> (Outcome, Vec<Place>) {
        self.report.confidence.hear(&call);
        let answer = call.await;
        self.report.confidence.see(&answer);
        let answer = Answer::of(&answer);
        let Seen { effects, changed, failures } = self.base.look();
        (Outcome { answer, effects, failures }, changed)
    }

    async fn with_fault(&mut self, play: &Play, faultless: &Faultless, site: &Site, fault: Fault, stay: Stay) {
        if site.request.is_for_what_is_kept() || !self.is_warm {
            self.stage.start_anew();
        }
        self.is_warm = !site.request.is_for_what_is_kept();
        let call = play.ask();
        self.stage.script.plan(self.function, site, fault, stay);
        let begin = Instant::now();
        let (first, mut changed) = self.send(call.clone()).await;
        assert!(begin.elapsed() < ANSWER_WITHIN, "{}: {site} {fault:?} {stay:?}: no answer in time", play.name());
        let met = self.stage.script.end_fault();
        let verdict = if met == 0 {
            Err("the request was not made".to_owned())
        } else {
            let first = first.without_side_effects(play);
            match of_first(play, faultless, &first, fault, stay) {
                Ok(Left::Nothing) => Ok(()),
                Ok(left) => {
                    let (second, places) = self.send(call).await;
                    changed = places;
                    of_second(play, faultless, &left, &second.without_side_effects(play))
                }
                Err(why) => Err(why),
            }
        };
        if let Err(why) = verdict {
            self.report.faults.push(format!("{}: {site} {fault:?} {stay:?}: {why}", play.name()));
        }
        self.base.put_back(&changed);
    }
}

/// Every fault that `request` can meet, once; and those that are tried as lasting, for good.
pub(super) fn quick_cases(request: &Request) -> Vec<(Fault, Stay)> {
    let of = |fault: Fault| {
        let lasts = fault.is_tried_lasting().then_some((fault, Stay::UntilFurtherNotice));
        [(fault, Stay::Once)].into_iter().chain(lasts)
    };
    Fault::of(request).flat_map(of).collect()
}
