namespace Toka.TimeSeries.Index;

/// <summary>
/// The head's lock for searches of the index. A search lets go of it while it matches patterns or sorts, so that writers never
/// wait for an expression, however slow. Series may come meanwhile, and the search may see them or not; where some were
/// removed it begins again, for what it had found is worth nothing then. Thread-safe.
/// </summary>
/// <param name="index">The series.</param>
/// <param name="headLock">The head's lock.</param>
/// <param name="letReaders">Called before the head's lock is taken.</param>
internal sealed class IndexTurn(SeriesIndex index, Lock headLock, Action letReaders)
{
    /// <summary>Runs a search under the lock, from the beginning again where series were removed while it was outside.</summary>
    /// <param name="search">Reads the index; it must bear being run again. It ends itself when it is cancelled.</param>
    public T Run<T>(Func<Inside, T> search)
    {
        while (true)
        {
            letReaders();
            lock (headLock)
            {
                try
                {
                    return search(new Inside(this, index.Removals));
                }
                catch (IndexChangedException)
                {
                    // Once more.
                }
            }
        }
    }

    /// <summary>Looks at the index for a moment.</summary>
    public void Look(Action look)
    {
        letReaders();
        lock (headLock)
        {
            look();
        }
    }

    private void Leave(Action work, long removals)
    {
        headLock.Exit();
        try
        {
            work();
            letReaders();
        }
        finally
        {
            headLock.Enter();
        }

        if (index.Removals != removals)
        {
            throw new IndexChangedException();
        }
    }

    /// <summary>One run of a search, by the thread which holds the lock.</summary>
    public readonly struct Inside(IndexTurn turn, long removals)
    {
        /// <summary>Does what needs no index without the lock.</summary>
        public void Outside(Action work) => turn.Leave(work, removals);

        /// <summary>Lets a writer in who waits.</summary>
        public void Breathe() => turn.Leave(static () => { }, removals);
    }

    /// <summary>Ends a run. Series are removed at the end of a seal, many times in a few seconds, and a search outlasts that.</summary>
    private sealed class IndexChangedException : Exception;
}
