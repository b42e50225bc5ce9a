namespace Toka.Query.TraceQL.Ast;

/// <summary>The names of fields.</summary>
public static class FieldNames
{
    private static readonly (string Name, string? Alias, Intrinsic Intrinsic, TraceQlType Type)[] s_all =
    [
        ("name", "span:name", Intrinsic.Name, TraceQlType.Text),
        ("status", "span:status", Intrinsic.Status, TraceQlType.Status),
        ("statusMessage", "span:statusMessage", Intrinsic.StatusMessage, TraceQlType.Text),
        ("kind", "span:kind", Intrinsic.Kind, TraceQlType.Kind),
        ("duration", "span:duration", Intrinsic.Duration, TraceQlType.Duration),
        ("span:id", null, Intrinsic.SpanId, TraceQlType.Text),
        ("span:parentID", null, Intrinsic.ParentId, TraceQlType.Text),
        ("span:childCount", "childCount", Intrinsic.ChildCount, TraceQlType.Number),
        ("trace:id", null, Intrinsic.TraceId, TraceQlType.Text),
        ("traceDuration", "trace:duration", Intrinsic.TraceDuration, TraceQlType.Duration),
        ("rootName", "trace:rootName", Intrinsic.RootName, TraceQlType.Text),
        ("rootServiceName", "trace:rootService", Intrinsic.RootService, TraceQlType.Text),
        ("event:name", null, Intrinsic.EventName, TraceQlType.Text),
        ("event:timeSinceStart", null, Intrinsic.EventTimeSinceStart, TraceQlType.Duration),
        ("link:traceID", null, Intrinsic.LinkTraceId, TraceQlType.Text),
        ("link:spanID", null, Intrinsic.LinkSpanId, TraceQlType.Text),
        ("instrumentation:name", null, Intrinsic.ScopeName, TraceQlType.Text),
        ("instrumentation:version", null, Intrinsic.ScopeVersion, TraceQlType.Text),
        ("text", null, Intrinsic.Text, TraceQlType.Text),
        ("nestedSetParent", null, Intrinsic.NestedSetParent, TraceQlType.Number),
    ];

    /// <summary>All intrinsic fields, by the name that is shorter.</summary>
    public static IEnumerable<string> Intrinsics => s_all.Select(one => one.Name);

    /// <summary>All scoped forms of intrinsic fields, such as <c>span:name</c>.</summary>
    public static IEnumerable<string> ScopedIntrinsics => s_all.Select(one => one.Name.Contains(':', StringComparison.Ordinal) ? one.Name : one.Alias).OfType<string>();

    /// <summary>The intrinsic field of a name; null where there is none.</summary>
    public static FieldRef? Find(string word)
    {
        foreach (var (name, alias, intrinsic, type) in s_all)
        {
            if (word == name || word == alias)
            {
                return new FieldRef(type, intrinsic, AttributeScope.Any, "", false);
            }
        }

        return null;
    }

    /// <summary>A field as it is written.</summary>
    internal static string Of(FieldRef field)
    {
        if (field.Intrinsic != Intrinsic.None)
        {
            return s_all.First(one => one.Intrinsic == field.Intrinsic).Name;
        }

        var scope = field.Scope switch
        {
            AttributeScope.Span => "span.",
            AttributeScope.Resource => "resource.",
            AttributeScope.Event => "event.",
            AttributeScope.Link => "link.",
            AttributeScope.Instrumentation => "instrumentation.",
            _ => field.IsOfParent ? "" : ".",
        };
        return $"{(field.IsOfParent ? "parent." : "")}{scope}{QuoteKey(field.Key)}";
    }

    /// <summary>A key as TraceQL takes it: in quotes where it has characters that end one.</summary>
    public static string QuoteKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':') && !char.IsAsciiDigit(key[0])
            ? key
            : $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
