using System.Buffers;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// A set of steps that is cleared at once and walked in the order in which steps came; a stack for what is still to be looked
/// at lies beside it. Rented.
/// </summary>
/// <remarks>Source: P. Briggs and L. Torczon, "An Efficient Representation for Sparse Sets", 1993.</remarks>
internal struct StepSet(int steps) : IDisposable
{
    private readonly int[] _places = ArrayPool<int>.Shared.Rent(steps);
    private readonly int[] _members = ArrayPool<int>.Shared.Rent(steps);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The steps.</summary>
    public readonly ReadOnlySpan<int> Members => _members.AsSpan(0, Count);

    /// <summary>Puts a step in.</summary>
    /// <returns>Whether it was not in.</returns>
    public bool Add(int step)
    {
        var place = _places[step];
        if ((uint)place < (uint)Count && _members[place] == step)
        {
            return false;
        }

        _places[step] = Count;
        _members[Count++] = step;
        return true;
    }

    /// <summary>Takes all out.</summary>
    public void Clear() => Count = 0;

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<int>.Shared.Return(_members);
    }
}
