using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Events;

/// <summary>Log records as rows and as lines.</summary>
internal static class LogText
{
    /// <summary>The rows.</summary>
    /// <param name="answer">What <c>logs</c> answers.</param>
    public static Grid Of(JsonElement answer)
    {
        var grid = new Grid(new("time"), new("severity"), new("service"), new("body"), new("traceId"), new("spanId"));
        foreach (var record in answer.Get("logs").Items())
        {
            grid.Add(
                EventText.Time(record.Get("timeNs").Ns()), SeverityOf(record), record.Get("service").Text(), record.Get("body").Text(),
                record.Get("traceId").Text(), record.Get("spanId").Text());
        }

        return grid;
    }

    /// <summary>A line of a record that is followed.</summary>
    public static string LineOf(JsonElement record) =>
        Cells.Shown($"{EventText.Time(record.Get("timeNs").Ns())} {SeverityOf(record),-5} {record.Get("service").Text()}  {record.Get("body").Text()}");

    /// <summary>A line of a span that is followed.</summary>
    public static string SpanLineOf(JsonElement span) => Cells.Shown(
        $"{EventText.Time(span.Get("startNs").Ns())} {span.Get("traceId").Text()} {(span.Get("status").Text() == "error" ? "✗" : " ")} {EventText.Duration(span.Get("durationNs").Number(0)),9}  {span.Get("service").Text()}  {span.Get("name").Text()}");

    private static string SeverityOf(JsonElement record) => record.Get("severityText").Text() is { Length: > 0 } text ? text : record.Get("severity").Number(0) switch
    {
        >= 21 => "FATAL",
        >= 17 => "ERROR",
        >= 13 => "WARN",
        >= 9 => "INFO",
        >= 5 => "DEBUG",
        >= 1 => "TRACE",
        _ => "",
    };
}
