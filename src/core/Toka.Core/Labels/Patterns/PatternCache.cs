namespace Toka.Core.Labels.Patterns;

/// <summary>
/// The expressions read last, with what their automatons have learnt: dashboards ask the same ones again and again.
/// Thread-safe.
/// </summary>
internal sealed class PatternCache
{
    /// <summary>How many are kept.</summary>
    public const int EntriesMax = 64;

    /// <summary>Longer ones are not kept.</summary>
    public const int LengthMax = 16_384;

    /// <summary>Programs of more bytes are not kept: a short expression with many repetitions and classes may be one of megabytes.</summary>
    public const int ProgramBytesMax = 256 * 1024;

    /// <summary>The one of the process: what an expression means depends on nothing else.</summary>
    public static readonly PatternCache Shared = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<ValuePattern>> _byText = new(StringComparer.Ordinal);
    private readonly LinkedList<ValuePattern> _lastUsed = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lastUsed.Count;
            }
        }
    }

    /// <summary>The pattern of an expression; made outside the lock where it is not known.</summary>
    public ValuePattern Get(string text, Func<string, ValuePattern> make)
    {
        lock (_lock)
        {
            if (_byText.TryGetValue(text, out var known))
            {
                _lastUsed.Remove(known);
                _lastUsed.AddFirst(known);
                return known.Value;
            }
        }

        var made = make(text);
        return text.Length > LengthMax || made.ProgramBytes > ProgramBytesMax ? made : Keep(made);
    }

    private ValuePattern Keep(ValuePattern made)
    {
        lock (_lock)
        {
            if (_byText.TryGetValue(made.Text, out var known))
            {
                return known.Value;
            }

            _byText.Add(made.Text, _lastUsed.AddFirst(made));
            if (_lastUsed.Count > EntriesMax)
            {
                _byText.Remove(_lastUsed.Last!.Value.Text);
                _lastUsed.RemoveLast();
            }
        }

        return made;
    }
}
