using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads what stands behind <c>expect</c>, and the older <c>expected_fail_message</c> and <c>expected_fail_regexp</c>.</summary>
internal static class ExpectationParser
{
    private static readonly ExpectationKind[] Kinds = Enum.GetValues<ExpectationKind>();

    public static Expectation Parse(LineReader line, bool isRange)
    {
        var start = line.Position;
        var word = line.TakeWord("what is expected");
        if (Array.Find(Kinds, kind => Expectation.NameOf(kind) == word) is var found && Expectation.NameOf(found) != word)
        {
            throw line.Fault(start, $"nothing like \"{LineReader.ExcerptOf(word)}\" can be expected; there are {string.Join(", ", Kinds.Select(Expectation.NameOf))}, string and range vector");
        }

        if (found == ExpectationKind.Ordered && isRange)
        {
            throw line.Fault(start, "the answer of a range query is always in the order of the labels");
        }

        if (line.IsAtEnd)
        {
            return new Expectation(found);
        }

        if (found is ExpectationKind.NoWarn or ExpectationKind.NoInfo or ExpectationKind.Ordered)
        {
            throw line.Fault($"\"{line.Excerpt}\" is too much; expect {word} has no message");
        }

        if (line.TryTake("msg:"))
        {
            return new Expectation(found, Message: TakeMessage(line));
        }

        if (line.TryTake("regex:"))
        {
            line.SkipBlanks();
            var at = line.Position;
            return new Expectation(found, Pattern: PatternOf(line, at, TakeMessage(line)));
        }

        throw line.Fault($"\"{line.Excerpt}\" is too much; the form is expect {word}, expect {word} msg: TEXT or expect {word} regex: PATTERN");
    }

    public static bool TryParseOldFailure(LineReader line, [NotNullWhen(true)] out Expectation? expectation)
    {
        expectation = null;
        if (line.TryTakeWord("expected_fail_message"))
        {
            expectation = new Expectation(ExpectationKind.Fail, Message: line.TakeRest());
        }
        else if (line.TryTakeWord("expected_fail_regexp"))
        {
            var at = line.Position;
            expectation = new Expectation(ExpectationKind.Fail, Pattern: PatternOf(line, at, line.TakeRest()));
        }

        return expectation is not null;
    }

    /// <summary>A string in quotes.</summary>
    public static string ParseText(LineReader line)
    {
        var at = line.Position;
        return Unquoted(line.TakeRest()) ?? throw line.Fault(at, "a string in quotes is missing here, such as expect string \"text\"");
    }

    /// <summary>The rest of the line; quotes around all of it are not part of a message.</summary>
    private static string TakeMessage(LineReader line)
    {
        line.SkipBlanks();
        if (line.IsAtEnd)
        {
            throw line.Fault("the text is missing");
        }

        var text = line.TakeRest();
        return Unquoted(text) ?? text;
    }

    private static string? Unquoted(string text)
    {
        if (text.Length == 0 || text[0] is not ('"' or '`'))
        {
            return null;
        }

        try
        {
            return PromQlParser.Parse(text) is StringLiteral literal ? literal.Value : null;
        }
        catch (QueryException)
        {
            return null;
        }
    }

    private static Regex PatternOf(LineReader line, int at, string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw line.Fault(at, $"\"{LineReader.ExcerptOf(pattern)}\" is no regular expression: {e.Message}");
        }
    }
}
