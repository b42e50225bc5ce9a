using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Toka.Core.Errors;
using Toka.Query.Results;

namespace Toka.Cli.Output;

/// <summary>What a query cost, for people and for programs.</summary>
internal static class Explanation
{
    /// <summary>Characters of an expression in a line: a terminal has room for them beside the numbers.</summary>
    private const int ExpressionMax = 60;

    /// <summary>Levels beyond this are not indented any further.</summary>
    private const int IndentMax = 20;

    /// <summary>Prints it.</summary>
    /// <param name="statistics">The statistics of a query that was asked for them.</param>
    /// <param name="output">Where to.</param>
    /// <param name="format">How.</param>
    /// <exception cref="BadInputException">There is no profile in them: a server of another version answered.</exception>
    public static void Write(QueryStatistics statistics, TextWriter output, OutputFormat format)
    {
        if (statistics.Profile is not { } profile)
        {
            throw new BadInputException("the server does not tell what a query cost: it is of another version; ask with --data, or without --explain");
        }

        if (format == OutputFormat.Json)
        {
            WriteJson(statistics, output);
            return;
        }

        if (format == OutputFormat.Table)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Time(statistics.Elapsed)}: preparing {Time(profile.Preparing)}, selecting {Time(profile.Selecting)}, evaluating {Time(profile.Evaluating)}, finishing {Time(profile.Finishing)}; {statistics.Series} series, {Cells.Count(statistics.Samples, "sample")}, at most {Cells.Count(statistics.PeakPoints, "point")} held"));
            output.WriteLine();
            OfFetches(profile.Fetches).Write(output, format);
            output.WriteLine();
        }

        OfNodes(profile.Root).Write(output, format);
    }

    private static Grid OfFetches(IReadOnlyList<FetchProfile> fetches)
    {
        var grid = new Grid(
            new("selected"), new("from"), new("to"), new("series", RightAligned: true), new("samples", RightAligned: true),
            new("blocks", RightAligned: true), new("resolution"), new("time", RightAligned: true));
        foreach (var fetch in fetches)
        {
            grid.Add(
                Cut(fetch.Selector), Cells.Time(fetch.FromMs), Cells.Time(fetch.ToMs), Whole(fetch.Series), Whole(fetch.Samples),
                fetch.Blocks < 0 ? Grid.None : Whole(fetch.Blocks), fetch.ResolutionMs == 0 ? "raw" : Time(TimeSpan.FromMilliseconds(fetch.ResolutionMs)), Time(fetch.Elapsed));
        }

        return grid;
    }

    private static Grid OfNodes(NodeProfile root)
    {
        var grid = new Grid(
            new("part"), new("series", RightAligned: true), new("steps", RightAligned: true), new("samples", RightAligned: true),
            new("time", RightAligned: true), new("share", RightAligned: true), new("note"), new("expression"));
        Add(root, 0);
        return grid;

        void Add(NodeProfile node, int depth)
        {
            var share = root.Elapsed > TimeSpan.Zero ? (100 * (node.Elapsed / root.Elapsed)).ToString("F0", CultureInfo.InvariantCulture) + " %" : Grid.None;
            grid.Add(
                new string(' ', 2 * Math.Min(depth, IndentMax)) + node.Kind, Whole(node.Series), Whole(node.Steps), Whole(node.Samples),
                Time(node.Elapsed), share, node.Note, Cut(node.Expression));
            foreach (var child in node.Children)
            {
                Add(child, depth + 1);
            }
        }
    }

    private static void WriteJson(QueryStatistics statistics, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            QueryProfileJson.Write(json, statistics);
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static string Cut(string text) => text.Length <= ExpressionMax ? text : string.Concat(text.AsSpan(0, ExpressionMax - 1), "…");

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time.TotalSeconds >= 1
        ? time.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture) + " s"
        : time.TotalMilliseconds.ToString(time.TotalMilliseconds >= 1 ? "0.#" : "0.###", CultureInfo.InvariantCulture) + " ms";
}
