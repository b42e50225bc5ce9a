using System.Globalization;
using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Events;

/// <summary>A trace as a tree with bars.</summary>
internal static class TraceTree
{
    /// <summary>The width of the bars.</summary>
    private const int BarWidth = 40;

    /// <summary>The deepest indent that is drawn; deeper spans stand below it.</summary>
    private const int DepthMax = 24;

    /// <summary>Prints a trace: a line of the whole, then a line a span, then what stands out.</summary>
    /// <param name="trace">What <c>traces/{id}</c> answers.</param>
    /// <param name="output">Where to.</param>
    /// <param name="spansMax">How many spans are printed; the rest is counted.</param>
    public static void Write(JsonElement trace, TextWriter output, int spansMax)
    {
        var columns = trace.Get("columns");
        var (names, services) = (Texts(trace.Get("names")), Texts(trace.Get("services")));
        var (depth, start, duration) = (Numbers(columns, "depth"), Numbers(columns, "start"), Numbers(columns, "duration"));
        var (name, service, status, self) = (Numbers(columns, "name"), Numbers(columns, "service"), Numbers(columns, "status"), Numbers(columns, "self"));
        var critical = CriticalOf(trace);
        var total = Math.Max(1, trace.Get("durationNs").Number(1));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"trace {trace.Get("traceId").Text()}  {EventText.Time(trace.Get("startNs").Ns())}  {EventText.Duration(total)}  {Cells.Count((long)trace.Get("count").Number(0), "span")}, {Cells.Count(status.Count(static s => s == 2), "error")}, {Cells.Count(services.Length, "service")}"));
        var shown = Math.Min(spansMax, depth.Length);
        var labels = new string[shown];
        for (var i = 0; i < shown; i++)
        {
            var mark = status[i] == 2 ? "✗ " : critical.Contains(i) ? "● " : "  ";
            labels[i] = string.Concat(new string(' ', 2 * (int)Math.Min(depth[i], DepthMax)), mark, Cells.Shown($"{services[(int)service[i]]}  {names[(int)name[i]]}"));
        }

        var width = labels.Length == 0 ? 0 : Math.Min(70, labels.Max(static label => label.Length));
        for (var i = 0; i < shown; i++)
        {
            var label = labels[i].Length > width ? string.Concat(labels[i].AsSpan(0, width - 1), "…") : labels[i].PadRight(width);
            output.WriteLine($"{label} {Bar(start[i], duration[i], total)} {EventText.Duration(duration[i]),10}  self {EventText.Duration(self[i])}");
        }

        if (shown < depth.Length)
        {
            output.WriteLine($"… {Cells.Count(depth.Length - shown, "more span")}; --limit prints more");
        }

        foreach (var finding in trace.Get("findings").Items())
        {
            output.WriteLine($"! {Cells.Shown(finding.Get("message").Text())}");
        }
    }

    private static string Bar(double start, double duration, double total)
    {
        var from = (int)Math.Clamp(start / total * BarWidth, 0, BarWidth - 1);
        var to = (int)Math.Clamp(Math.Ceiling((start + duration) / total * BarWidth), from + 1, BarWidth);
        return $"│{new string(' ', from)}{new string('█', to - from)}{new string(' ', BarWidth - to)}│";
    }

    private static HashSet<int> CriticalOf(JsonElement trace) => [.. trace.Get("criticalPath").Items().Select(static part => (int)part.Get("span").Number(-1))];

    private static string[] Texts(JsonElement array) => [.. array.Items().Select(static item => item.Text())];

    private static double[] Numbers(JsonElement columns, string name) => [.. columns.Get(name).Items().Select(static item => item.Number(0))];
}
