using System.Text;

namespace Toka.Core.Labels.Patterns;

/// <summary>What is told of a value without running an expression.</summary>
internal enum Verdict
{
    No,
    Yes,
    Unknown,
}

/// <summary>
/// An expression as words and globs: most that are written for labels are nothing else, and are matched without an
/// automaton; others are refused early where they can be. Immutable.
/// </summary>
internal sealed class PatternShape
{
    /// <summary>With more globs than this, the automaton is faster; with fewer where the globs only may match.</summary>
    private const int GlobsMax = 2;
    private const int WideGlobsMax = 1;

    /// <summary>With so many words or more, they are looked up by hash.</summary>
    private const int HashedWords = 6;

    private readonly Glob[] _globs;
    private readonly byte[][] _words;
    private readonly bool _ignoresCase;
    private readonly bool _isUnknown;
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _byHash;

    /// <summary>Looks at an expression.</summary>
    public PatternShape(PatternNode root)
    {
        var all = GlobExpansion.Of(root);
        var words = new HashSet<byte[]>(all.Select(static glob => glob.Word).OfType<byte[]>(), Utf8Comparer.Instance);
        _words = [.. words];
        Array.Sort(_words, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        _byHash = words.GetAlternateLookup<ReadOnlySpan<byte>>();
        _globs = [.. all.Where(static glob => glob.Word is null)];
        _ignoresCase = Array.Exists(_globs, static glob => glob.IgnoresCase);
        _isUnknown = _globs.Length > (Array.TrueForAll(_globs, static glob => glob.IsExact) ? GlobsMax : WideGlobsMax);
        IsEverything = Array.Exists(_globs, static glob => glob.IsEverything);
        IsSomething = Array.TrueForAll(_globs, static glob => glob.IsSomething) && _globs.Length > 0 && _words.Length == 0;
        IsDecided = !_isUnknown && !_ignoresCase && Array.TrueForAll(_globs, static glob => glob.IsExact);
        Words = _globs.Length == 0 ? Array.ConvertAll(_words, static word => new ReadOnlyMemory<byte>(word)) : null;
        Prefix = PrefixOf(all);
    }

    /// <summary>Whether everything matches.</summary>
    public bool IsEverything { get; }

    /// <summary>Whether everything that is not empty matches, and nothing else.</summary>
    public bool IsSomething { get; }

    /// <summary>Whether the verdict is never unknown.</summary>
    public bool IsDecided { get; }

    /// <summary>The values that match, in order, where they are a list; else null.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Words { get; }

    /// <summary>What every value that matches begins with.</summary>
    public byte[] Prefix { get; }

    /// <summary>Tells of a value what can be told.</summary>
    public Verdict Decide(ReadOnlySpan<byte> value)
    {
        if (!value.StartsWith(Prefix))
        {
            return Verdict.No;
        }

        if (IsWord(value))
        {
            return Verdict.Yes;
        }

        // The signs of Kelvin and the long s are letters of ASCII in another case.
        if (_isUnknown || (_ignoresCase && !Ascii.IsValid(value)))
        {
            return Verdict.Unknown;
        }

        var verdict = Verdict.No;
        foreach (var glob in _globs)
        {
            if (glob.IsMatch(value))
            {
                if (glob.IsExact)
                {
                    return Verdict.Yes;
                }

                verdict = Verdict.Unknown;
            }
        }

        return verdict;
    }

    private bool IsWord(ReadOnlySpan<byte> value)
    {
        if (_words.Length >= HashedWords)
        {
            return _byHash.Contains(value);
        }

        foreach (var word in _words)
        {
            if (value.SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] PrefixOf(Glob[] globs)
    {
        if (globs.Length == 0)
        {
            return [];
        }

        var prefix = globs[0].Word ?? globs[0].Prefix;
        foreach (var glob in globs)
        {
            prefix = prefix[..prefix.CommonPrefixLength(glob.Word ?? glob.Prefix)];
        }

        return prefix.ToArray();
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)LabelSet.HashOf(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
