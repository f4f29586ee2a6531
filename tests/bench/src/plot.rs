//! Bars and lines on a logarithmic scale, as SVG.

use std::ops::Range;
use std::path::{Path, PathBuf};

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::spread::Spread;

const SIZE: (u32, u32) = (960, 420);
/// Of the room that a group of bars has.
const BARS_SHARE: f64 = 0.84;
/// Told apart with any sight (Okabe and Ito), in the order of the bars.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
];

/// A picture: in each group a bar for each name, where there is a figure.
pub(crate) struct Bars<'a> {
    pub(crate) title: &'a str,
    /// What the figures are in.
    pub(crate) unit: &'a str,
    pub(crate) names: Vec<&'a str>,
    pub(crate) groups: Vec<(&'a str, Vec<Option<Spread>>)>,
}

/// A picture: a line for each name.
pub(crate) struct Lines<'a> {
    pub(crate) title: &'a str,
    /// What the points follow.
    pub(crate) along: &'a str,
    /// What the figures are in.
    pub(crate) unit: &'a str,
    pub(crate) each: Vec<(&'a str, Vec<(f64, f64)>)>,
}

/// A file in `tests/bench/plots`.
fn plot(file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(file)
}

impl Lines<'_> {
    /// Writes it into `tests/bench/plots`.
    pub(crate) fn write(&self, file: &str) {
        self.draw(&plot(file)).expect("a picture");
    }

    fn draw(&self, path: &Path) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.each.iter().flat_map(|(_, points)| points);
        let end = points().fold(0.0, |end: f64, point| end.max(point.0));
        let least = points().fold(f64::MAX, |least, point| least.min(point.1));
        let greatest = points().fold(f64::MIN_POSITIVE, |greatest, point| greatest.max(point.1));
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .caption(self.title, ("sans-serif", 20))
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..end, (least * 0.5..greatest * 4.0).log_scale())?;
        chart.configure_mesh().x_desc(self.along).y_desc(self.unit).light_line_style(WHITE).draw()?;
        for (at, (name, points)) in self.each.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let series = chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
            series.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2)));
        }
        let mut legend = chart.configure_series_labels();
        legend.position(SeriesLabelPosition::UpperRight).border_style(BLACK);
        legend.background_style(WHITE).label_font(("sans-serif", 13)).draw()?;
        Ok(area.present()?)
    }
}

impl Bars<'_> {
    /// Writes it into `tests/bench/plots`.
    pub(crate) fn write(&self, file: &str) {
        self.draw(&plot(file)).expect("a picture");
    }

    fn draw(&self, path: &Path) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let scale = self.scale();
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .caption(self.title, ("sans-serif", 20))
            .x_label_area_size(28)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..as_f64(self.groups.len()), scale.clone().log_scale())?;
        chart.configure_mesh().disable_x_mesh().disable_x_axis().y_desc(self.unit).light_line_style(WHITE).draw()?;
        for (at, name) in self.names.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let bars = self.groups.iter().enumerate().filter_map(|(group, (_, bars))| Some((group, (*bars.get(at)?)?)));
            let bars: Vec<_> = bars.map(|(group, spread)| (self.extent(group, at), spread)).collect();
            let rectangle = |(extent, spread): &(Range<f64>, Spread)| {
                Rectangle::new([(extent.start, scale.start), (extent.end, spread.median)], colour.filled())
            };
            let series = chart.draw_series(bars.iter().map(rectangle))?;
            series.label(*name).legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour.filled()));
            // Quartiles.
            chart.draw_series(bars.iter().map(|(extent, spread)| {
                let middle = f64::midpoint(extent.start, extent.end);
                PathElement::new([(middle, spread.low), (middle, spread.high)], BLACK)
            }))?;
            let style = ("sans-serif", 11).into_font().color(&BLACK).pos(Pos::new(HPos::Center, VPos::Bottom));
            chart.draw_series(bars.iter().map(|(extent, spread)| {
                let middle = f64::midpoint(extent.start, extent.end);
                Text::new(shown(spread.median), (middle, spread.high * 1.04), style.clone())
            }))?;
        }
        let style = ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(HPos::Center, VPos::Top));
        chart.draw_series(self.groups.iter().enumerate().map(|(group, (name, _))| {
            EmptyElement::at((as_f64(group) + 0.5, scale.start)) + Text::new((*name).to_owned(), (0, 8), style.clone())
        }))?;
        let mut legend = chart.configure_series_labels();
        legend.position(SeriesLabelPosition::UpperLeft).border_style(BLACK);
        legend.background_style(WHITE).label_font(("sans-serif", 13)).draw()?;
        Ok(area.present()?)
    }

    /// Where a bar stands.
    fn extent(&self, group: usize, at: usize) -> Range<f64> {
        let width = BARS_SHARE / as_f64(self.names.len());
        let start = as_f64(group) + (1.0 - BARS_SHARE) / 2.0 + width * as_f64(at);
        start..start + width * 0.92
    }

    /// From below the least figure to above the greatest, with room for the names.
    fn scale(&self) -> Range<f64> {
        let spreads = self.groups.iter().flat_map(|(_, bars)| bars.iter().flatten());
        let (least, greatest) = spreads.fold((f64::MAX, f64::MIN_POSITIVE), |(least, greatest), spread| {
            (least.min(spread.low), greatest.max(spread.high))
        });
        least * 0.5..greatest * 12.0
    }
}

/// With three digits that matter.
fn shown(figure: f64) -> String {
    let digits = if figure < 1.0 { 2 } else { usize::from(figure < 100.0) };
    format!("{figure:.digits$}")
}

#[expect(clippy::cast_precision_loss, reason = "a few bars")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_for_each_figure_that_there_is() {
        let spread = |median: f64| Some(Spread { median, low: median * 0.9, high: median * 1.2 });
        let groups = vec![("check", vec![spread(0.4), spread(2.5)]), ("rotate", vec![spread(12.0), None])];
        let bars = Bars { title: "Checking a key", unit: "milliseconds", names: vec!["ours", "theirs"], groups };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bars.svg");
        bars.draw(&file).expect("a picture");
        let text = std::fs::read_to_string(&file).expect("it was written");
        let filled = |colour: &str| text.matches(&format!("fill=\"{colour}\"")).count();
        // Each with its square in the legend.
        assert_eq!([filled("#0072B2"), filled("#56B4E9")], [3, 2]);
        for word in ["Checking a key", "milliseconds", "ours", "theirs", "check", "rotate", "0.40", "2.5", "12.0"] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn a_line_is_drawn_for_each_name() {
        let lines = vec![("half", vec![(0.0, 0.4), (10.0, 0.5)]), ("nearly all", vec![(0.0, 4.0), (10.0, 40.0)])];
        let picture = Lines { title: "Under load", along: "seconds", unit: "milliseconds", each: lines };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lines.svg");
        picture.draw(&file).expect("a picture");
        let text = std::fs::read_to_string(&file).expect("it was written");
        // Each with its stroke in the legend.
        let drawn = |colour: &str| text.matches(&format!("stroke=\"{colour}\"")).count();
        assert_eq!([drawn("#0072B2"), drawn("#56B4E9")], [2, 2]);
        for word in ["Under load", "seconds", "milliseconds", "half", "nearly all"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
