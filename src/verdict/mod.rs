//! What we say about an article and a machine, and the evidence for it.

mod assessment;
mod decide;

pub use assessment::{
    Answers, Assessment, BundleInfo, ClauseFinding, Evidence, Finding, FixFinding, HostAssessment, LevelText,
    LookAlikeFinding, Machines, Proof, Skipped, SourceInfo, VersionFinding, WitnessText,
};
pub use decide::{Confidence, Group, Verdict, decide};
