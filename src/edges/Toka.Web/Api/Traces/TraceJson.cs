using System.Text.Json;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.CriticalPath;
using Toka.Tracing.Findings;
using Toka.Tracing.Trees;
using Toka.Web.Api.Events;
using Toka.Web.Http;

namespace Toka.Web.Api.Traces;

/// <summary>A whole trace as JSON: columns, so that a hundred thousand spans are a few megabytes.</summary>
internal static class TraceJson
{
    /// <summary>Writes a trace.</summary>
    /// <param name="response">Where to; pieces are sent on the way.</param>
    /// <param name="spans">Its spans, in any order.</param>
    /// <param name="cost">What was looked at.</param>
    /// <param name="startedAt">When the search began.</param>
    public static async ValueTask WriteAsync(JsonResponse response, IReadOnlyList<SpanRecord> spans, SearchCost cost, long startedAt)
    {
        var tree = TraceTree.Of(spans);
        var tables = new Tables(tree);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteString("traceId"u8, spans[0].TraceId.ToString());
        json.WriteNs("startNs"u8, tree.StartNs);
        json.WriteNumber("durationNs"u8, tree.EndNs - tree.StartNs);
        json.WriteNumber("count"u8, tree.Count);
        json.WriteNumber("root"u8, tree.Root);
        json.WriteBoolean("cut"u8, cost.IsCut);
        WriteOddities(json, tree.Oddities);
        tables.Write(json);
        json.WriteStartObject("columns"u8);
        await WriteColumnAsync(response, "id", tree.Count, i => json.WriteStringValue(tree.Spans[i].SpanId.ToString()));
        await WriteColumnAsync(response, "parent", tree.Count, i => json.WriteNumberValue(tree.Parents[i]));
        await WriteColumnAsync(response, "depth", tree.Count, i => json.WriteNumberValue(tree.Depths[i]));
        await WriteColumnAsync(response, "start", tree.Count, i => json.WriteNumberValue(tree.Spans[i].StartNs - tree.StartNs));
        await WriteColumnAsync(response, "duration", tree.Count, i => json.WriteNumberValue(tree.Spans[i].DurationNs));
        await WriteColumnAsync(response, "self", tree.Count, i => json.WriteNumberValue(tree.SelfNs[i]));
        await WriteColumnAsync(response, "origin", tree.Count, i => json.WriteNumberValue(tables.Origins[i]));
        await WriteColumnAsync(response, "service", tree.Count, i => json.WriteNumberValue(tables.Services[i]));
        await WriteColumnAsync(response, "name", tree.Count, i => json.WriteNumberValue(tables.Names[i]));
        await WriteColumnAsync(response, "kind", tree.Count, i => json.WriteNumberValue((int)tree.Spans[i].Kind));
        await WriteColumnAsync(response, "status", tree.Count, i => json.WriteNumberValue((int)tree.Spans[i].Status));
        await WriteColumnAsync(response, "events", tree.Count, i => json.WriteNumberValue(CountOf(tree.Spans[i].Events)));
        await WriteColumnAsync(response, "links", tree.Count, i => json.WriteNumberValue(CountOf(tree.Spans[i].Links)));
        json.WriteEndObject();
        await WritePathAsync(response, tree);
        WriteFindings(json, tree);
        json.WriteCost(cost, startedAt);
        json.WriteEndObject();
    }

    private static async ValueTask WriteColumnAsync(JsonResponse response, string name, int count, Action<int> write)
    {
        response.Json.WriteStartArray(name);
        for (var i = 0; i < count; i++)
        {
            write(i);
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        response.Json.WriteEndArray();
    }

    private static async ValueTask WritePathAsync(JsonResponse response, TraceTree tree)
    {
        response.Json.WriteStartArray("criticalPath"u8);
        foreach (var segment in CriticalPaths.Of(tree))
        {
            response.Json.WriteStartObject();
            response.Json.WriteNumber("span"u8, segment.Span);
            response.Json.WriteNumber("from"u8, segment.FromNs - tree.StartNs);
            response.Json.WriteNumber("to"u8, segment.ToNs - tree.StartNs);
            response.Json.WriteEndObject();
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        response.Json.WriteEndArray();
    }

    private static void WriteFindings(Utf8JsonWriter json, TraceTree tree)
    {
        json.WriteStartArray("findings"u8);
        foreach (var finding in FindingSearch.Of(tree))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, finding.Kind.Word());
            json.WriteString("message"u8, finding.Message);
            json.WriteStartArray("spans"u8);
            foreach (var span in finding.Spans)
            {
                json.WriteNumberValue(span);
            }

            json.WriteEndArray();
            json.WriteNumber("count"u8, finding.Count);
            json.WriteNumber("durationNs"u8, finding.DurationNs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOddities(Utf8JsonWriter json, TraceOddities oddities)
    {
        json.WriteStartObject("oddities"u8);
        json.WriteNumber("orphans"u8, oddities.Orphans);
        json.WriteNumber("roots"u8, oddities.Roots);
        json.WriteNumber("repeated"u8, oddities.Repeated);
        json.WriteNumber("sharedIds"u8, oddities.SharedIds);
        json.WriteNumber("cycles"u8, oddities.Cycles);
        json.WriteEndObject();
    }

    /// <summary>How many objects an array of events or links has, without reading what they say.</summary>
    private static int CountOf(ReadOnlyMemory<byte> array)
    {
        if (array.IsEmpty)
        {
            return 0;
        }

        var count = 0;
        var reader = new Utf8JsonReader(array.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            count++;
            reader.Skip();
        }

        return count;
    }

    /// <summary>What many spans have in common, once each.</summary>
    private sealed class Tables
    {
        private readonly Numbering<string> _services = new();
        private readonly Numbering<string> _names = new();
        private readonly Numbering<Origin> _origins = new();

        public Tables(TraceTree tree)
        {
            (Services, Names, Origins) = (new int[tree.Count], new int[tree.Count], new int[tree.Count]);
            for (var i = 0; i < tree.Count; i++)
            {
                Services[i] = _services.Of(tree.Spans[i].Origin.Service);
                Names[i] = _names.Of(tree.Spans[i].Name);
                Origins[i] = _origins.Of(tree.Spans[i].Origin);
            }
        }

        public int[] Services { get; }

        public int[] Names { get; }

        public int[] Origins { get; }

        public void Write(Utf8JsonWriter json)
        {
            json.WritePropertyName("services"u8);
            json.WriteStrings(_services.All);
            json.WritePropertyName("names"u8);
            json.WriteStrings(_names.All);
            json.WriteStartArray("origins"u8);
            foreach (var origin in _origins.All)
            {
                json.WriteStartObject();
                json.WriteString("service"u8, origin.Service);
                json.WriteAttributes("resource"u8, origin.Resource);
                json.WriteStartObject("scope"u8);
                json.WriteString("name"u8, origin.ScopeName);
                json.WriteString("version"u8, origin.ScopeVersion);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    /// <summary>Numbers things in the order in which they first come.</summary>
    private sealed class Numbering<T>
        where T : notnull
    {
        private readonly Dictionary<T, int> _numbers = [];

        public List<T> All { get; } = [];

        public int Of(T one)
        {
            if (!_numbers.TryGetValue(one, out var number))
            {
                _numbers.Add(one, number = All.Count);
                All.Add(one);
            }

            return number;
        }
    }
}
