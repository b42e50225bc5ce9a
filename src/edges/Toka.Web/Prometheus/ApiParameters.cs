using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Web.Prometheus;

/// <summary>A request's parameters: those of the form before those of the URL, as Go's net/http joins them.</summary>
internal readonly struct ApiParameters
{
    /// <summary>A thousand years: beyond it a span of time no longer fits its type.</summary>
    private const long MaxDurationMs = 1000 * 365 * 86_400_000L;

    private readonly IQueryCollection _query;
    private readonly IFormCollection? _form;

    private ApiParameters(IQueryCollection query, IFormCollection? form) => (_query, _form) = (query, form);

    /// <summary>Reads them; the form too where there is one.</summary>
    public static async ValueTask<ApiParameters> ReadAsync(HttpContext context, WebLimits limits, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (!(HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method)) || !request.HasFormContentType)
        {
            return new ApiParameters(request.Query, null);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = limits.MaxFormBytes;
        }

        var options = new FormOptions { ValueLengthLimit = limits.MaxFormBytes, MultipartBodyLengthLimit = limits.MaxFormBytes };
        try
        {
            return new ApiParameters(request.Query, await request.ReadFormAsync(options, cancellationToken));
        }
        catch (IOException e) when (e is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadInputException("the form cannot be read: its last part does not end; send it as application/x-www-form-urlencoded");
        }
    }

    /// <summary>Those of the URL alone, for requests whose body is something else, whatever its content type says.</summary>
    public static ApiParameters OfUrl(HttpContext context) => new(context.Request.Query, null);

    /// <summary>All values of a parameter.</summary>
    public IEnumerable<string> All(string name)
    {
        foreach (var value in StringValues.Concat(_form is null ? StringValues.Empty : _form[name], _query[name]))
        {
            if (value is not null)
            {
                yield return value;
            }
        }
    }

    /// <summary>The first value of a parameter; null where it is absent or empty.</summary>
    public string? First(string name)
    {
        foreach (var value in All(name))
        {
            return value.Length == 0 ? null : value;
        }

        return null;
    }

    /// <summary>A parameter that must be there.</summary>
    public string Required(string name) => First(name) ?? throw Invalid(name, "it is missing");

    /// <summary>The series selectors of <c>match[]</c>; none where there are none.</summary>
    public List<IReadOnlyList<LabelMatcher>> Selectors(ISelectorParser parser)
    {
        try
        {
            return [.. All("match[]").Select(parser.Parse)];
        }
        catch (BadInputException e)
        {
            throw Invalid("match[]", e.Message);
        }
    }

    /// <summary>The same, at least one.</summary>
    public List<IReadOnlyList<LabelMatcher>> RequiredSelectors(ISelectorParser parser) => Selectors(parser) is { Count: > 0 } selectors
        ? selectors
        : throw Invalid("match[]", "no match[] parameter provided: give at least one series selector");

    /// <summary>A time in ms since the Unix epoch.</summary>
    public long Time(string name, long fallbackMs) => First(name) is not { } text ? fallbackMs : TimeOf(name, text);

    /// <inheritdoc cref="Time(string, long)"/>
    public long Time(string name) => TimeOf(name, Required(name));

    /// <summary>A duration in ms, above 0.</summary>
    public long PositiveDuration(string name)
    {
        var text = Required(name);
        if (!TimeText.TryDuration(text, out var ms))
        {
            throw Invalid(name, $"cannot read \"{text}\" as a duration: give seconds (15, 0.5) or a duration (15s, 1m30s)");
        }

        return ms > 0 ? ms : throw Invalid(name, "it must be above zero; give seconds, or a duration such as 30s");
    }

    /// <summary>A duration that may be left out; null then, and where it is 0, which means the same.</summary>
    public TimeSpan? OptionalDuration(string name)
    {
        if (First(name) is not { } text)
        {
            return null;
        }

        if (!TimeText.TryDuration(text, out var ms) || ms < 0 || ms > MaxDurationMs)
        {
            throw Invalid(name, $"cannot parse \"{text}\" to a valid duration: give seconds (15, 0.5) or a duration (15s, 1m30s)");
        }

        return ms == 0 ? null : TimeSpan.FromMilliseconds(ms);
    }

    /// <summary>The most items to return; 0 for all. A number beyond the type's is as good as all of them.</summary>
    public int Limit(string name = "limit") => First(name) is not { } text
        ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Min(limit, int.MaxValue)
            : throw Invalid(name, $"cannot read \"{text}\" as a count: give 0 (no limit) or a positive integer");

    /// <summary>A yes or no; no where it is absent. Read as Go's strconv.ParseBool reads it.</summary>
    public bool Flag(string name) => First(name) switch
    {
        null or "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        var other => throw Invalid(name, $"cannot read \"{other}\" as yes or no: give true or false"),
    };

    /// <summary>The request's own <c>timeout</c>, or the server's where it has none or a longer one.</summary>
    public TimeSpan Timeout(TimeSpan server) => First("timeout") is null
        ? server
        : TimeSpan.FromMilliseconds(Math.Min(PositiveDuration("timeout"), (long)server.TotalMilliseconds));

    /// <summary>The error of a parameter.</summary>
    public static BadInputException Invalid(string name, string why) => new($"invalid parameter \"{name}\": {why}");

    private static long TimeOf(string name, string text) => TimeText.TryTime(text, out var ms)
        ? ms
        : throw Invalid(name, $"cannot parse \"{text}\" to a valid timestamp: give Unix seconds or RFC 3339");
}
