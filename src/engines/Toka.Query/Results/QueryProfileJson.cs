using System.Text.Json;

namespace Toka.Query.Results;

/// <summary>
/// What a query cost as JSON, the same from a server and from the command. The tree's nodes are a flat list, each before the
/// ones below it and with its depth: an expression may have more levels than readers of JSON take.
/// </summary>
public static class QueryProfileJson
{
    /// <summary>Writes statistics as one object; what each part cost is in it where it was measured.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="statistics">The statistics.</param>
    public static void Write(Utf8JsonWriter json, QueryStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(statistics);
        json.WriteStartObject();
        json.WriteNumber("series"u8, statistics.Series);
        json.WriteNumber("samples"u8, statistics.Samples);
        json.WriteNumber("peakPoints"u8, statistics.PeakPoints);
        json.WriteNumber("elapsedSeconds"u8, statistics.Elapsed.TotalSeconds);
        if (statistics.Profile is { } profile)
        {
            json.WritePropertyName("profile"u8);
            Write(json, profile);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write(Utf8JsonWriter, QueryStatistics)"/> wrote.</summary>
    /// <param name="statistics">The object.</param>
    /// <exception cref="JsonException">It is not such an object.</exception>
    public static QueryStatistics Read(JsonElement statistics)
    {
        try
        {
            var read = new QueryStatistics(Long(statistics, "series"), Long(statistics, "samples"), Seconds(statistics, "elapsedSeconds"))
            {
                PeakPoints = Long(statistics, "peakPoints"),
            };
            return statistics.TryGetProperty("profile", out var profile) ? read with { Profile = ReadProfile(profile) } : read;
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new JsonException($"These are no statistics of a query: {e.Message}", e);
        }
    }

    private static void Write(Utf8JsonWriter json, QueryProfile profile)
    {
        json.WriteStartObject();
        json.WriteNumber("preparingSeconds"u8, profile.Preparing.TotalSeconds);
        json.WriteNumber("selectingSeconds"u8, profile.Selecting.TotalSeconds);
        json.WriteNumber("evaluatingSeconds"u8, profile.Evaluating.TotalSeconds);
        json.WriteNumber("finishingSeconds"u8, profile.Finishing.TotalSeconds);
        json.WriteStartArray("fetches"u8);
        foreach (var fetch in profile.Fetches)
        {
            json.WriteStartObject();
            json.WriteString("selector"u8, fetch.Selector);
            json.WriteNumber("fromMs"u8, fetch.FromMs);
            json.WriteNumber("toMs"u8, fetch.ToMs);
            json.WriteNumber("series"u8, fetch.Series);
            json.WriteNumber("samples"u8, fetch.Samples);
            json.WriteNumber("blocks"u8, fetch.Blocks);
            json.WriteNumber("resolutionMs"u8, fetch.ResolutionMs);
            json.WriteNumber("elapsedSeconds"u8, fetch.Elapsed.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("nodes"u8);
        Write(json, profile.Root, 0);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, NodeProfile node, int depth)
    {
        json.WriteStartObject();
        json.WriteNumber("depth"u8, depth);
        json.WriteString("kind"u8, node.Kind);
        json.WriteString("expression"u8, node.Expression);
        json.WriteNumber("series"u8, node.Series);
        json.WriteNumber("steps"u8, node.Steps);
        json.WriteNumber("samples"u8, node.Samples);
        json.WriteNumber("elapsedSeconds"u8, node.Elapsed.TotalSeconds);
        json.WriteString("note"u8, node.Note);
        json.WriteEndObject();
        foreach (var child in node.Children)
        {
            Write(json, child, depth + 1);
        }
    }

    private static QueryProfile ReadProfile(JsonElement profile)
    {
        var fetches = new List<FetchProfile>();
        foreach (var fetch in profile.GetProperty("fetches").EnumerateArray())
        {
            fetches.Add(new FetchProfile(
                Text(fetch, "selector"), Long(fetch, "fromMs"), Long(fetch, "toMs"), Long(fetch, "series"), Long(fetch, "samples"),
                (int)Long(fetch, "blocks"), Long(fetch, "resolutionMs"), Seconds(fetch, "elapsedSeconds")));
        }

        return new QueryProfile(
            Seconds(profile, "preparingSeconds"), Seconds(profile, "selectingSeconds"), Seconds(profile, "evaluatingSeconds"),
            Seconds(profile, "finishingSeconds"), fetches, ReadTree(profile.GetProperty("nodes")));
    }

    private static NodeProfile ReadTree(JsonElement nodes)
    {
        var open = new List<(NodeProfile Node, List<NodeProfile> Children)>();
        foreach (var node in nodes.EnumerateArray())
        {
            var depth = (int)Long(node, "depth");
            if (depth < 0 || depth > open.Count || (depth == 0 && open.Count > 0))
            {
                throw new JsonException($"A node of the profile is at depth {depth}, which is below no other node.");
            }

            var children = new List<NodeProfile>();
            var read = new NodeProfile(
                Text(node, "kind"), Text(node, "expression"), Long(node, "series"), (int)Long(node, "steps"), Long(node, "samples"),
                Seconds(node, "elapsedSeconds"), Text(node, "note"), children);
            if (depth > 0)
            {
                open[depth - 1].Children.Add(read);
            }

            open.RemoveRange(depth, open.Count - depth);
            open.Add((read, children));
        }

        return open.Count > 0 ? open[0].Node : throw new JsonException("The profile has no node.");
    }

    private static long Long(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static TimeSpan Seconds(JsonElement element, string name) => TimeSpan.FromSeconds(element.GetProperty(name).GetDouble());
}
