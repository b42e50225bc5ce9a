using System.Text.RegularExpressions;

namespace Toka.Query.PromQL.Scripts;

/// <summary>What an <c>expect</c> line is about.</summary>
internal enum ExpectationKind
{
    Fail,
    Warn,
    NoWarn,
    Info,
    NoInfo,
    Ordered,
}

/// <summary>One <c>expect</c> line, or what an old form of <c>eval</c> says.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">The whole message; null where it may be any, or <paramref name="Pattern"/> says it.</param>
/// <param name="Pattern">What must be found in the message; null likewise.</param>
/// <param name="AllowsOthers">Whether messages that fit no line may come too: the old forms said only that there must be one.</param>
internal sealed record Expectation(ExpectationKind Kind, string? Message = null, Regex? Pattern = null, bool AllowsOthers = false)
{
    public bool Fits(string message) => Message is not null ? Message == message : Pattern is null || Pattern.IsMatch(message);

    /// <summary>How it is written.</summary>
    public override string ToString() => $"expect {NameOf(Kind)}{(Message is not null ? $" msg: {Message}" : Pattern is not null ? $" regex: {Pattern}" : "")}";

    public static string NameOf(ExpectationKind kind) => kind switch
    {
        ExpectationKind.Fail => "fail",
        ExpectationKind.Warn => "warn",
        ExpectationKind.NoWarn => "no_warn",
        ExpectationKind.Info => "info",
        ExpectationKind.NoInfo => "no_info",
        _ => "ordered",
    };
}
