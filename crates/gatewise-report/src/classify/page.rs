//! The page of a run: the outcome, what is confused with what, the mistakes, the training.

use gatewise::task::classify::{ClassifyConfig, Metrics, Outcome, Parts, Score};

use super::score::{mistakes, verdict};
use super::{alone, several};
use crate::html::training;
use crate::number::figure;
use crate::{EpochRow, Figure, Page, TableOf, render_training_page};

/// Classes up to which the page shows the whole matrix.
const MATRIX: usize = 40;

/// All that the page of a classifier's or regressor's training shows.
#[derive(Debug, Clone)]
pub struct ClassifyReport<'a> {
    /// Heading of the page.
    pub title: String,
    /// The command line that made the run.
    pub command: String,
    /// What was trained.
    pub config: &'a ClassifyConfig,
    /// How it did; none where nothing was held back.
    pub outcome: Option<&'a Outcome>,
    /// Whether nothing of the model saw the items of the outcome.
    pub unseen: bool,
    /// The training, an entry an epoch.
    pub epochs: &'a [EpochRow],
    /// Which items were learned from.
    pub parts: &'a Parts,
    /// The run's `config.toml`.
    pub settings: &'a str,
}

/// The page: one HTML document that loads nothing.
pub fn render_classify(report: &ClassifyReport<'_>) -> String {
    let ClassifyReport { config, outcome, parts, .. } = report;
    let score = outcome.map(|o| &o.score);
    let network = &config.network;
    let model = config.model();
    let mut facts = vec![
        ("items to learn from".to_owned(), parts.train.len().to_string()),
        ("to decide when to stop".to_owned(), parts.valid.len().to_string()),
        ("held back".to_owned(), parts.test.len().to_string()),
        ("parameters".to_owned(), model.parameters().to_string()),
        ("hidden units".to_owned(), format!("{} × {} layers, {} directions", network.hidden, network.layers, model.directions())),
    ];
    if !config.labels().is_empty() {
        facts.push(("classes".to_owned(), config.labels().len().to_string()));
    }
    if !config.targets().is_empty() {
        facts.push(("targets".to_owned(), config.targets().join(", ")));
    }
    facts.extend(outcome.and_then(|o| o.alone.as_ref()).map(alone::facts).unwrap_or_default());
    let page = Page {
        kind: config.task().to_owned(),
        title: report.title.clone(),
        verdict: score
            .map_or_else(|| "Nothing was held back, so nothing is known of other items.".to_owned(), |s| verdict(s, report.unseen)),
        cures: Vec::new(),
        facts,
        figures: score.map(figures).unwrap_or_default(),
        command: report.command.clone(),
    };
    let terms = if config.labels().is_empty() { training::LOSS } else { training::NATS };
    render_training_page(&page, (report.epochs, terms), report.settings)
}

fn figures(score: &Score) -> Vec<Figure> {
    match score {
        Score::Values(m) => {
            let row = |name: &str, model: f64, base: f64| vec![name.to_owned(), figure(model), figure(base)];
            let rows = vec![row("MAE", m.mae, m.mean_mae), row("RMSE", m.rmse, m.mean_rmse)];
            let columns = ["", "model", "always the mean"].map(str::to_owned).to_vec();
            vec![tables(
                "Errors",
                "The model beside the mean of the items it learned from.",
                vec![TableOf { caption: "Errors".into(), columns, rows }],
            )]
        }
        Score::Several(figures) => {
            let lead = "The model beside the mean of the items it learned from, target by target.";
            vec![tables("Errors", lead, vec![several::table(figures)])]
        }
        Score::Classes { metrics, labels, .. } => {
            let mut figures =
                vec![tables("Figures", "The model beside always naming the most frequent class.", vec![figures_table(metrics)])];
            if labels.len() <= MATRIX {
                figures.push(tables("Confusion", "Rows are the true labels, columns the answers.", vec![confusion(metrics, labels)]));
            }
            figures.push(tables(
                "Classes",
                "Precision: how many of the answers are right. Recall: how many of the class are found.",
                vec![classes(metrics, labels)],
            ));
            if !metrics.mistakes.is_empty() {
                let columns = ["item", "label", "answer", "probability"].map(str::to_owned).to_vec();
                let rows = mistakes(metrics, labels).map(Vec::from).collect();
                let table = TableOf { caption: "Mistakes".into(), columns, rows };
                figures.push(tables("Mistakes", "The most confident first: wrong labels in the data are often among them.", vec![table]));
            }
            figures
        }
    }
}

fn tables(heading: &str, lead: &str, tables: Vec<TableOf>) -> Figure {
    Figure { heading: heading.to_owned(), lead: lead.to_owned(), tables, ..Figure::default() }
}

fn figures_table(m: &Metrics) -> TableOf {
    let row = |name: &str, model: f64, base: Option<f64>| {
        vec![name.to_owned(), format!("{model:.4}"), base.map_or("–".to_owned(), |b| format!("{b:.4}"))]
    };
    let rows = vec![
        row("accuracy", m.accuracy, Some(m.majority.0)),
        row("F1, mean of the classes", m.f1_macro, Some(m.majority.1)),
        row("loss", m.loss, None),
    ];
    TableOf { caption: "Figures".into(), columns: ["", "model", "most frequent"].map(str::to_owned).to_vec(), rows }
}

fn confusion(m: &Metrics, labels: &[String]) -> TableOf {
    let columns = std::iter::once("label".to_owned()).chain(labels.iter().cloned()).collect();
    let rows = labels.iter().zip(m.confusion.chunks(labels.len()));
    let rows = rows.map(|(label, counts)| std::iter::once(label.clone()).chain(counts.iter().map(u64::to_string)).collect()).collect();
    TableOf { caption: "Confusion".into(), columns, rows }
}

fn classes(m: &Metrics, labels: &[String]) -> TableOf {
    let columns = ["label", "precision", "recall", "F1", "items"].map(str::to_owned).to_vec();
    let rows = labels.iter().zip(&m.classes).map(|(label, c)| {
        vec![label.clone(), format!("{:.3}", c.precision), format!("{:.3}", c.recall), format!("{:.3}", c.f1), c.support.to_string()]
    });
    TableOf { caption: "Classes".into(), columns, rows: rows.collect() }
}
