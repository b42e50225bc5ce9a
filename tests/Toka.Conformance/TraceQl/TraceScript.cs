using System.Globalization;
using System.Text;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Lexing;
using Toka.Tests.Events;

namespace Toka.Conformance.TraceQl;

/// <summary>
/// A script: spans, and what queries must take of them.
/// <code>
/// load
///   1 a -  web "GET /" 0s 100ms status=error kind=server span.http.status=500 resource.zone="eu"
///   1 b a  db  "SELECT" 10ms 20ms event=exception@5ms event.type="x" link=2 scope=lib@1.2
/// eval { status = error }
///   1: a
/// eval { } | by(name) | count() > 1
///   1: a b | c
/// fail { foo }
///   1:3: the message has this in it
/// series 10s 0s 30s { } | rate()
///   {name="x"} 1 2 _
/// </code>
/// A span is its trace, its letter, its parent's letter or -, its service, its name, when it begins, how long it takes, and the rest.
/// </summary>
internal sealed class TraceScript
{
    /// <summary>When 0s is, ns since the Unix epoch.</summary>
    public const long Epoch = 1_700_000_000_000_000_000;

    /// <summary>What is loaded.</summary>
    public List<SpanRecord> Spans { get; } = [];

    /// <summary>The letters of spans, by their ids.</summary>
    public Dictionary<(TraceId, SpanId), string> Letters { get; } = [];

    /// <summary>Queries: their line, what they are, their text and the lines that they must give.</summary>
    public List<(int Line, string Verb, string Query, List<string> Expected)> Checks { get; } = [];

    public static TraceScript Parse(string text)
    {
        var script = new TraceScript();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd();
            if (line.Length == 0 || line.TrimStart().StartsWith('#'))
            {
                continue;
            }

            if (!char.IsWhiteSpace(line[0]))
            {
                var space = line.IndexOf(' ', StringComparison.Ordinal);
                if (line != "load")
                {
                    script.Checks.Add((number, line[..space], line[(space + 1)..], []));
                }
            }
            else if (script.Checks.Count > 0)
            {
                script.Checks[^1].Expected.Add(line.Trim());
            }
            else
            {
                script.AddSpan(line.Trim());
            }
        }

        return script;
    }

    public static long Moment(string text) => DurationText.TryParse(text, out var ns) ? Epoch + ns : throw new FormatException(text);

    private void AddSpan(string line)
    {
        var words = Words(line);
        var trace = ulong.Parse(words[0], CultureInfo.InvariantCulture);
        var (own, resource, scope) = (new List<(string, object?)>(), new List<(string, object?)>(), new List<(string, object?)>());
        var events = new List<(long, string, List<(string, object?)>)>();
        var links = new List<(TraceId, SpanId, List<(string, object?)>)>();
        var (scopeName, scopeVersion) = ("", "");
        var start = Moment(words[5]);
        var span = new SpanRecord
        {
            TraceId = new TraceId(trace),
            SpanId = IdOf(trace, words[1]),
            ParentId = words[2] == "-" ? default : IdOf(trace, words[2]),
            StartNs = start,
            DurationNs = Moment(words[6]) - Epoch,
            Origin = SpanBatches.From(words[3]),
            Name = words[4].Trim('"'),
        };
        foreach (var word in words.Skip(7))
        {
            var (key, text) = (word[..word.IndexOf('=', StringComparison.Ordinal)], word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var (head, tail) = key.Split('.', 2) is [var one, var two] ? (one, two) : (key, "");
            switch (head)
            {
                case "status": span = span with { Status = Enum.Parse<SpanStatus>(text, true) }; break;
                case "kind": span = span with { Kind = Enum.Parse<SpanKind>(text, true) }; break;
                case "message": span = span with { StatusMessage = text.Trim('"') }; break;
                case "span": own.Add((tail, ValueOf(text))); break;
                case "resource": resource.Add((tail, ValueOf(text))); break;
                case "instrumentation": scope.Add((tail, ValueOf(text))); break;
                case "scope": (scopeName, scopeVersion) = (text.Split('@')[0], text.Split('@')[1]); break;
                case "event" when tail.Length == 0: events.Add((start + Moment(text.Split('@')[1]) - Epoch, text.Split('@')[0], [])); break;
                case "event": events[^1].Item3.Add((tail, ValueOf(text))); break;
                case "link" when tail.Length == 0: links.Add((new TraceId(ulong.Parse(text, CultureInfo.InvariantCulture)), new SpanId(0xff), [])); break;
                case "link": links[^1].Item3.Add((tail, ValueOf(text))); break;
                default: throw new FormatException(word);
            }
        }

        Letters[(span.TraceId, span.SpanId)] = words[1];
        Spans.Add(span with
        {
            Origin = new Origin(SpanBatches.AttributesOf([("service.name", words[3]), .. resource]), scopeName, scopeVersion, SpanBatches.AttributesOf([.. scope])),
            Attributes = SpanBatches.AttributesOf([.. own]),
            Events = events.Count == 0 ? default : SpanBatches.EventsOf([.. events.Select(one => (one.Item1, one.Item2, one.Item3.ToArray()))]),
            Links = links.Count == 0 ? default : SpanBatches.LinksOf([.. links.Select(one => (one.Item1, one.Item2, one.Item3.ToArray()))]),
        });
    }

    private static SpanId IdOf(ulong trace, string letter) => new((trace << 32) | letter.Aggregate(0u, static (id, c) => (id << 8) | c));

    private static object? ValueOf(string text) =>
        text[0] == '"' ? text.Trim('"')
        : text is "true" or "false" ? text == "true"
        : text == "null" ? null
        : long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.Parse(text, CultureInfo.InvariantCulture);

    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isQuoted = false;
        foreach (var c in line + " ")
        {
            isQuoted ^= c == '"';
            if (c == ' ' && !isQuoted)
            {
                if (word.Length > 0)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }

        return words;
    }
}
