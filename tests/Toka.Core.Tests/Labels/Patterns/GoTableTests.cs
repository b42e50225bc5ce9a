using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Tests.Labels.Patterns;

/// <summary>
/// What Go's regexp answers. The table go-regexp.txt was made with Go 1.19 from patterns drawn at random: of a grammar, of
/// the shapes that matchers have, and of noise; the texts were drawn from the patterns and some of them spoilt. A line is a
/// pattern and, behind tabs, <c>!</c> where <c>syntax.Parse(p, Perl|DotNL)</c> refuses it, or texts with what
/// <c>^(?s:p)$</c> says: <c>-text</c>, or <c>+text</c> with each group's text (<c>~</c> for none) behind bars. Bytes other
/// than printable ASCII are written %XX. Code points newer than Unicode 13 were left out.
/// </summary>
public sealed class GoTableTests
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Fact]
    public void Patterns_are_accepted_and_refused_as_Go_does()
    {
        var (accepted, refused) = (0, 0);
        foreach (var (pattern, answers) in Table())
        {
            var isAccepted = IsAccepted(pattern);
            Assert.True(isAccepted == (answers is not ["!"]), pattern);
            (accepted, refused) = isAccepted ? (accepted + 1, refused) : (accepted, refused + 1);
        }

        Assert.True(accepted > 1000 && refused > 500, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void Values_match_as_in_Go_with_and_without_the_short_ways()
    {
        var (matches, others) = (0, 0);
        foreach (var (pattern, answers) in Table().Where(static line => line.Answers is not ["!"]))
        {
            var (values, automaton) = (ValuePattern.Parse(pattern), ValuePattern.AutomatonOf(pattern));
            foreach (var answer in answers)
            {
                var (text, isMatch) = (Decoded(answer[1..].Split('|')[0]), answer[0] == '+');
                Assert.True(values.IsMatch(text) == isMatch, $"{pattern} {answer}");
                Assert.True(automaton.IsMatch(text) == isMatch, $"{pattern} {answer} by the automaton");
                (matches, others) = isMatch ? (matches + 1, others) : (matches, others + 1);
            }
        }

        Assert.True(matches > 1000 && others > 1000, $"{matches} matches, {others} others");
    }

    [Fact]
    public void Groups_match_as_in_Go()
    {
        var groups = 0;
        foreach (var (pattern, answers) in Table().Where(static line => line.Answers is not ["!"]))
        {
            var compiled = GroupPattern.Parse(pattern);
            foreach (var parts in answers.Where(static answer => answer[0] == '+').Select(static answer => answer[1..].Split('|')))
            {
                if (!TryDecode(parts[0], out var text))
                {
                    continue;
                }

                var found = compiled.Match(text);
                Assert.True(found is not null, $"{pattern} {parts[0]}");
                Assert.Equal(
                    parts.Skip(1).Select(static part => part == "~" ? null : Convert.ToHexString(Decoded(part))),
                    found.Skip(1).Select(static part => part is null ? null : Convert.ToHexString(Encoding.UTF8.GetBytes(part))));
                groups += parts.Length - 1;
            }
        }

        Assert.True(groups > 500, $"{groups} groups");
    }

    private static bool IsAccepted(string pattern)
    {
        try
        {
            ValuePattern.Parse(pattern);
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    private static IEnumerable<(string Pattern, string[] Answers)> Table()
    {
        using var reader = new StreamReader(typeof(GoTableTests).Assembly.GetManifestResourceStream("go-regexp.txt")!);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            yield return (s_strict.GetString(Decoded(fields[0])), fields[1..]);
        }
    }

    private static bool TryDecode(string text, out string decoded)
    {
        try
        {
            decoded = s_strict.GetString(Decoded(text));
            return true;
        }
        catch (DecoderFallbackException)
        {
            decoded = "";
            return false;
        }
    }

    private static byte[] Decoded(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            bytes.Add(text[i] == '%' ? Convert.ToByte(text.Substring(i + 1, 2), 16) : (byte)text[i]);
            i += text[i] == '%' ? 2 : 0;
        }

        return [.. bytes];
    }
}
