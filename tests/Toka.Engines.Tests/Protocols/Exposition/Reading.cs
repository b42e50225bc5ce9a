using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Protocols.Exposition;

namespace Toka.Engines.Tests.Protocols.Exposition;

/// <summary>What readers came to, as lines that tests compare.</summary>
internal static class Reading
{
    public static List<string> OfText(string body, ExpositionLimits? limits = null) => Of(Encoding.UTF8.GetBytes(body), isOpenMetrics: false, limits);

    public static List<string> OfOpenMetrics(string body) => Of(Encoding.UTF8.GetBytes(body), isOpenMetrics: true);

    public static List<string> Of(ReadOnlySpan<byte> body, bool isOpenMetrics, ExpositionLimits? limits = null)
    {
        var lines = new List<string>();
        var builder = new LabelSetBuilder();
        var reader = new ExpositionTextReader(body, isOpenMetrics, limits);
        while (reader.Next())
        {
            var text = Encoding.UTF8.GetString(reader.Family);
            lines.Add(reader.Entry switch
            {
                ExpositionEntry.Type => $"type {text} {reader.Type}",
                ExpositionEntry.Help => $"help {text} {reader.ReadHelp()}",
                ExpositionEntry.Unit => $"unit {text} {Encoding.UTF8.GetString(reader.Text)}",
                ExpositionEntry.Fault => $"fault {reader.Fault}",
                ExpositionEntry.End => "end",
                _ => Sample(ref reader, builder),
            });
        }

        return lines;
    }

    public static List<string> OfProtobuf(ReadOnlySpan<byte> body, ExpositionLimits? limits = null)
    {
        var lines = new List<string>();
        var builder = new LabelSetBuilder();
        var reader = new ExpositionProtobufReader(body, limits);
        while (reader.Next())
        {
            var text = Encoding.UTF8.GetString(reader.Family);
            lines.Add(reader.Entry switch
            {
                ExpositionEntry.Type => $"type {text} {reader.Type}",
                ExpositionEntry.Help => $"help {text} {reader.ReadHelp()}",
                ExpositionEntry.Unit => $"unit {text} {Encoding.UTF8.GetString(reader.Text)}",
                ExpositionEntry.Fault => $"fault {reader.Fault}",
                ExpositionEntry.End => "end",
                _ => Sample(ref reader, builder),
            });
        }

        return lines;
    }

    private static string Sample(ref ExpositionTextReader reader, LabelSetBuilder builder)
    {
        builder.Clear();
        reader.ReadLabels(builder);
        var line = new StringBuilder(reader.Entry == ExpositionEntry.Created ? "created " : "").Append(builder.Build()).Append(' ').Append(Number(reader.Value));
        line.Append(Time(" @", reader.TimestampMs)).Append(Time(" st@", reader.CreatedMs));
        if (reader.HasExemplar)
        {
            builder.Clear();
            reader.ReadExemplarLabels(builder);
            line.Append(" # ").Append(builder.Build()).Append(' ').Append(Number(reader.ExemplarValue)).Append(Time(" @", reader.ExemplarTimestampMs));
        }

        return line.ToString();
    }

    private static string Sample(ref ExpositionProtobufReader reader, LabelSetBuilder builder)
    {
        builder.Clear();
        reader.ReadLabels(builder);
        var line = new StringBuilder(reader.IsClassicBesideNative ? "classic " : "").Append(builder.Build()).Append(' ');
        if (reader.Histogram is { } histogram)
        {
            line.Append(CultureInfo.InvariantCulture, $"schema {histogram.Layout.Schema} {histogram.ResetHint} count {Number(histogram.Count)} sum {Number(histogram.Sum)}");
            line.Append(CultureInfo.InvariantCulture, $" zero {Number(histogram.Layout.ZeroThreshold)}:{Number(histogram.ZeroCount)}");
            line.Append(" + ").AppendJoin(' ', histogram.Layout.PositiveSpans.ToArray().Select(static span => $"{span.Offset}:{span.Length}"));
            line.Append(" - ").AppendJoin(' ', histogram.Layout.NegativeSpans.ToArray().Select(static span => $"{span.Offset}:{span.Length}"));
            line.Append(" = ").AppendJoin(' ', histogram.Buckets.ToArray().Select(Number));
        }
        else
        {
            line.Append(Number(reader.Value));
        }

        line.Append(Time(" @", reader.TimestampMs)).Append(Time(" st@", reader.CreatedMs));
        while (reader.NextExemplar())
        {
            builder.Clear();
            reader.ReadExemplarLabels(builder);
            line.Append(" # ").Append(builder.Build()).Append(' ').Append(Number(reader.ExemplarValue)).Append(Time(" @", reader.ExemplarTimestampMs));
        }

        return line.ToString();
    }

    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Time(string mark, long? ms) => ms is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{mark}{ms}");
}
