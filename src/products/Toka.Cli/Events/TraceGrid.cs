using System.Globalization;
using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Events;

/// <summary>Traces that were found, as rows.</summary>
internal static class TraceGrid
{
    /// <summary>The rows.</summary>
    /// <param name="answer">What <c>traces</c> answers.</param>
    /// <param name="forPeople">Whether durations have units people read; else they are ms.</param>
    public static Grid Of(JsonElement answer, bool forPeople)
    {
        var grid = new Grid(
            new("traceId"), new("start"), new(forPeople ? "duration" : "durationMs", RightAligned: true), new("spans", RightAligned: true), new("errors", RightAligned: true),
            new("service"), new("operation"), new("slowest match"));
        foreach (var trace in answer.Get("traces").Items())
        {
            grid.Add(
                trace.Get("traceId").Text(),
                EventText.Time(trace.Get("startNs").Ns()),
                DurationOf(trace.Get("durationNs"), forPeople),
                trace.Get("spans").Whole(),
                trace.Get("errors").Whole(),
                trace.Get("rootService").Text(),
                trace.Get("rootName").Text(),
                SlowestOf(trace));
        }

        return grid;
    }

    /// <summary>A duration for people, or in ms.</summary>
    public static string DurationOf(JsonElement ns, bool forPeople) =>
        forPeople ? EventText.Duration(ns.Number(0)) : (ns.Number(0) / 1e6).ToString("0.######", CultureInfo.InvariantCulture);

    private static string SlowestOf(JsonElement trace)
    {
        var slowest = trace.Get("matched").Items().OrderByDescending(static span => span.Get("durationNs").Number(0)).FirstOrDefault();
        return slowest.ValueKind == JsonValueKind.Undefined
            ? ""
            : $"{slowest.Get("service").Text()} {slowest.Get("name").Text()} {EventText.Duration(slowest.Get("durationNs").Number(0))}";
    }
}
