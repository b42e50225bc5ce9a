using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Toka.Cli.Querying;
using Toka.Core.Errors;

namespace Toka.Cli.Commands;

/// <summary>Options that the verbs of traces and logs share, and the parameters they become.</summary>
internal sealed class EventOptions
{
    /// <summary>The most that one answer has.</summary>
    public const int LimitMax = 1000;

    private readonly Option<string?> _service = new("--service") { Description = "Of this service.", HelpName = "NAME" };
    private readonly Option<string[]> _attributes = new("--attr") { Description = "With this attribute, of the span or record, its resource or an event; may be given again.", HelpName = "KEY=VALUE" };
    private readonly Option<string?> _text = new("--text") { Description = "With this text in a name, a body, or the value of an attribute.", HelpName = "TEXT" };
    private readonly Option<string?> _from = new("--from") { Description = "Not before: RFC 3339, Unix seconds or now-5m. Default: an hour before --to.", HelpName = "TIME" };
    private readonly Option<string?> _to = new("--to") { Description = "Not after. Default: now.", HelpName = "TIME" };

    /// <summary><c>--limit</c></summary>
    public Option<int> Limit { get; } = new("--limit") { Description = "The most to print: 1 to 1000.", HelpName = "N" };

    /// <summary><c>--url</c></summary>
    public Option<string> Url { get; } = SharedOptions.Url();

    /// <summary><c>--output</c></summary>
    public Option<string> Output { get; } = SharedOptions.Output();

    /// <summary>Adds those that say what is looked for.</summary>
    public void AddFilters(Command verb)
    {
        verb.Add(_service);
        verb.Add(_attributes);
        verb.Add(_text);
    }

    /// <summary>Adds those that say when, and how many.</summary>
    public void AddRange(Command verb, int limit)
    {
        Limit.DefaultValueFactory = _ => limit;
        verb.Add(_from);
        verb.Add(_to);
        verb.Add(Limit);
    }

    /// <summary>What was given, as the API's parameters.</summary>
    public List<KeyValuePair<string, string>> Parameters(ParseResult parsed, CliContext context)
    {
        var all = new List<KeyValuePair<string, string>>();
        Add(all, "service", parsed.GetValue(_service));
        Add(all, "text", parsed.GetValue(_text));
        foreach (var attribute in parsed.GetValue(_attributes) ?? [])
        {
            Add(all, "attr", attribute.IndexOf('=', StringComparison.Ordinal) > 0
                ? attribute
                : throw new BadInputException($"--attr: '{attribute}' is not KEY=VALUE, such as http.request.method=GET"));
        }

        var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        AddTime(all, "from", parsed.GetValue(_from), nowMs);
        AddTime(all, "to", parsed.GetValue(_to), nowMs);
        return all;
    }

    /// <summary>Adds a parameter where it was given.</summary>
    public static void Add(List<KeyValuePair<string, string>> all, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            all.Add(new(name, value));
        }
    }

    /// <summary>Says so where a limit is out of its range.</summary>
    public static void CheckLimit(CommandResult result, Option<int> limit, int max)
    {
        if (result.GetResult(limit) is { Implicit: false, Errors: var errors } && !errors.Any() && result.GetValue(limit) is var value && (value < 1 || value > max))
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"--limit {value} is out of its range: 1 to {max}"));
        }
    }

    private static void AddTime(List<KeyValuePair<string, string>> all, string name, string? text, long nowMs)
    {
        if (text is not null)
        {
            all.Add(new(name, ((decimal)Moments.Parse(text, "--" + name, nowMs) / 1000).ToString(CultureInfo.InvariantCulture)));
        }
    }
}
