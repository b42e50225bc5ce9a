using Toka.Core.Labels;
using Toka.Query.PromQL.Scripts.Data;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads <c>load STEP</c> and its series, with the lines of start times (<c>@st</c>) before them.</summary>
internal sealed class LoadParser(PointParser points)
{
    private readonly Dictionary<LabelSet, int> _places = [];

    /// <summary>The start times of the next line's series, relative to its samples.</summary>
    private (LineReader Line, LabelSet Labels, List<long?> Offsets)? _pending;

    /// <summary>The start times of all following lines without their own, again and again.</summary>
    private List<long?> _default = [];

    public LoadCommand Parse(LineReader head, ScriptLines lines, bool withHistograms)
    {
        var stepAt = head.Position;
        var step = head.TakeDuration("the step of load");
        head.ExpectEnd("the step");
        var command = new LoadCommand(head.Number);
        while (lines.TryNextOfCommand(out var line))
        {
            var labels = SeriesParser.ParseLabels(line);
            if (line.TryTake("@st"))
            {
                TakeStartTimes(line, labels);
                continue;
            }

            if (labels is null)
            {
                throw line.Fault("a series must stand here, such as metric{label=\"value\"} 1 2 3");
            }

            var series = ParseSeries(line, labels, step);
            if (series.Samples.Count > 1 && step == 0)
            {
                throw head.Fault(stepAt, "the step of load must be above 0 where a series has several samples");
            }

            // The language says so: of two lines for one series the second one counts.
            if (!_places.TryAdd(labels, command.Series.Count))
            {
                command.Series[_places[labels]] = series;
                continue;
            }

            command.Series.Add(series);
        }

        if (_pending is { } pending)
        {
            throw pending.Line.Fault(0, "these start times are not followed by the line of their series");
        }

        if (withHistograms)
        {
            command.Series.AddRange(ClassicConversion.Convert(head, command.Series));
        }

        return command;
    }

    private void TakeStartTimes(LineReader line, LabelSet? labels)
    {
        if (_pending is { } pending)
        {
            throw pending.Line.Fault(0, "these start times are not followed by the line of their series");
        }

        if (!line.IsAtBlank)
        {
            throw line.Fault("a blank is missing after @st");
        }

        var offsets = StartTimeParser.Parse(line);
        if (labels is null)
        {
            _default = offsets;
        }
        else
        {
            _pending = (line, labels, offsets);
        }
    }

    private LoadedSeries ParseSeries(LineReader line, LabelSet labels, long step)
    {
        var values = points.Parse(line);
        if (_pending is { } pending && pending.Labels != labels)
        {
            throw pending.Line.Fault(0, $"these start times are of {pending.Labels}, and the next line is of {labels}");
        }

        if (_pending is { } counted && counted.Offsets.Count != values.Count)
        {
            throw counted.Line.Fault(0, $"there are {counted.Offsets.Count} start times for {values.Count} points; there must be one for each");
        }

        var offsets = _pending?.Offsets ?? _default;
        _pending = null;
        var samples = new List<LoadedSample>(values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Kind != PointKind.Gap)
            {
                var offset = offsets.Count == 0 ? null : offsets[i % offsets.Count];
                samples.Add(new LoadedSample(i * step, values[i], offset is null ? 0 : (i * step) + offset.Value));
            }
        }

        return new LoadedSeries(line.Number, labels, samples);
    }
}
